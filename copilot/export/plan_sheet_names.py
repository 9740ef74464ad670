"""Names of sheets and columns of the workbook of a plan, which a review reads again, and words that it shows."""

SUMMARY, INPUTS, FUNNEL, BUDGET, RETURNS, SWINGS = "摘要", "输入", "漏斗", "预算", "回报", "敏感度"
SCHEDULE, KPIS, DUTIES, RISKS, MATERIALS, TRACKING = "排期", "KPI", "分工", "风险", "物料", "埋点"
RULES, REVIEW, SOURCES, TEXT = "合规", "复盘", "引用", "方案正文"
HOLIDAYS, TRIALS = "假日", "敏感度过程"  # what the formulas of 排期 and 敏感度 stand on
SHEETS = (
    SUMMARY, INPUTS, FUNNEL, BUDGET, RETURNS, SWINGS, SCHEDULE, KPIS, DUTIES, RISKS, MATERIALS, TRACKING, RULES, REVIEW,
    SOURCES, TEXT, HOLIDAYS, TRIALS,
)  # fmt: skip

TITLE_ROW, NOTE_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 3, 4

# columns as (name, width in digits); a review finds them by their names in HEAD_ROW
INPUT_COLUMNS = (
    ("渠道", 16), ("编号", 19), ("输入", 18), ("值", 12), ("单位", 7), ("低", 10), ("高", 10), ("依据", 7),
    ("临界值", 11), ("临界值说明", 22), ("什么时候用什么替换", 44),
)  # fmt: skip
BUDGET_COLUMNS = (
    ("类目", 8), ("渠道", 16), ("项目", 36), ("数量", 11), ("单位", 10), ("单价（元）", 12), ("小计（元）", 14),
    ("占比", 8), ("依据", 8), ("付款节点", 20), ("备注", 22), ("提醒", 22), ("千分数", 9), ("余数", 9),
)  # fmt: skip
FUNNEL_COLUMNS = (
    ("渠道", 20), ("环节", 20), ("单位", 8), ("这一步的率", 12), ("封顶前", 14), ("数量", 14), ("占上一步", 10),
    ("依据", 8), ("怎么算", 56), ("环节编号", 10),
)  # fmt: skip
RETURN_COLUMNS = (("指标", 24), ("数值", 16), ("单位", 10), ("公式", 52), ("依据", 8), ("编号", 18))
SWING_COLUMNS = (
    ("输入", 22), ("渠道", 18), ("现值", 11), ("−20%", 11), ("+20%", 11), ("结果（−20%）", 13), ("结果（+20%）", 13),
    ("花费（−20%）", 14), ("花费（+20%）", 14), ("每个成本（−20%）", 16), ("每个成本（+20%）", 16), ("ROI（−20%）", 12),
    ("ROI（+20%）", 12),
)  # fmt: skip
SCHEDULE_COLUMNS = (
    ("编号", 6), ("阶段", 11), ("任务", 58), ("负责人", 16), ("依赖", 9), ("开始", 12), ("结束", 12), ("天数", 7),
    ("工作日", 8), ("看哪个数", 18), ("类型", 8),
)  # fmt: skip
KPI_COLUMNS = (
    ("指标编号", 10), ("类别", 9), ("环节", 24), ("单位", 8), ("基线", 9), ("目标", 13), ("公式", 32), ("口径", 52),
    ("数据源", 32), ("责任人", 16), ("依据", 8),
)  # fmt: skip
REVIEW_COLUMNS = (
    ("指标编号", 10), ("指标", 44), ("单位", 10), ("目标", 14), ("实际", 14), ("差异", 14), ("达成率", 10),
    ("原因", 40), ("动作", 40),
)  # fmt: skip
HOLIDAY_COLUMNS = (("放假（周一到周五）", 22), ("名称", 24), ("调休上班（周六、周日）", 24))
TRIAL_COLUMNS = (
    ("输入", 20), ("渠道", 18), ("一端", 8), ("单价", 12), ("小计", 14), ("小计差", 14), ("结果差", 12),
    ("末环节差", 12),
)  # fmt: skip

MILESTONE, CRITICAL, PROJECT, ACTIVITY = "里程碑", "关键", "筹备收尾", "活动"  # 类型 of a line of the schedule
AT_LEAST, AT_MOST = "不低于", "不高于"  # 公式 of a guard metric
REVIEWED = ("spend", "cost_per_result", "cac", "roi")  # measures that a review compares, if the plan has them
CHEAPER_IS_BETTER = ("spend", "cost_per_result", "cac")

# Measures that follow once their inputs are filled in: label and unit as arithmetic/returns.py has them.
SALES = {"gmv": ("GMV", "元"), "received": ("实收", "元"), "roas": ("ROAS", "倍"), "margin": ("毛利", "元"),
         "roi": ("ROI", "倍"), "break_even": ("保本数", "单")}  # fmt: skip
LIFETIME = {"ltv": ("LTV", "元"), "ltv_cac": ("LTV/CAC", "倍"), "payback": ("回本期", "个月")}
ORDER = (
    "spend", "cost_per_result", "cpm", "cpc", "cpa", "cac", "gmv", "received", "roas", "margin", "roi", "break_even",
    "ltv", "ltv_cac", "payback", "net",
)  # fmt: skip
BASELINE = "基线（自然比率或现值）"
MONEY_INPUTS = ("aov", "gross_margin", "arpu", "churn_rate")  # asked for in a plan that sells

# What a brief for ad copy says, by its keys.
BRIEF_WORDS = {
    "product": "产品", "brand": "品牌", "platform": "文案渠道", "audience": "人群", "selling_points": "卖点",
    "pain": "痛点", "price": "价格", "facts": "事实依据", "offer": "优惠", "sms_sign": "短信签名", "link": "链接",
}  # fmt: skip
OFFER_WORDS = {
    "who": "对象",
    "what": "内容",
    "threshold": "门槛",
    "gift": "赠品",
    "quota": "名额",
    "start": "开始",
    "end": "结束",
}

# Tables of the sections by how their headers begin, and the sheet that has the same rows.
TABLES = {
    "序号|阶段": SCHEDULE, "类目|项目": BUDGET, "指标|数值": RETURNS, "变动项|渠道": SWINGS, "渠道|假设项": INPUTS,
    "工作|R 执行": DUTIES, "风险|可能": RISKS, "事件|什么时候报": TRACKING, "渠道|要守的": RULES, "指标|目标": REVIEW,
    "类别|指标": KPIS, "环节|数量": FUNNEL, "渠道|物料": MATERIALS,
}  # fmt: skip
