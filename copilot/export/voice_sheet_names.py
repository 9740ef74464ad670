"""Names of sheets and columns of the workbook of a report, which a later run reads again."""

CLUSTERS, ROWS = "聚类", "明细"  # sheets that a later run reads again
CLUSTER_COLUMNS = (
    "编号", "类名", "锁定", "人数", "提出的人数", "平均强度", "得分", "行数", "得分怎么来", "类型", "变化", "下一步",
    "本周", "含几件事", "需求（人数）", "代表原话", "代表行", "关键词", "原方案", "验证",
)  # fmt: skip
ROW_COLUMNS = (
    "行", "原话", "类型", "类编号", "类名", "需求", "没有归类的原因", "要什么", "难处", "强度", "用户", "日期",
    "和哪行相同", "说得一样的行数", "诉求族", "原编号",
)  # fmt: skip
