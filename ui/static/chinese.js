// Sentences that Gradio's page says in English whatever the browser's language: in its notices, and while work goes on.
(() => {
  const places = ".toast-wrap, .toast-body, .progress-text, .meta-text, .meta-text-center";
  const said = [
    [/^Error$/, "出错了"],
    [/^Warning$/, "提醒"],
    [/^Info$/, "提示"],
    [/^Connection to the server was lost\b.*/s, "和服务的连接断了，正在重连。请看启动窗口是不是还开着。"],
    [/^Connection errored out\b.*/s, "连接出错，没有做成。请刷新页面再试一次。"],
    [/^This application is currently busy\b.*/s, "现在用的人太多，请过一会儿再试。"],
    [/^Invalid file types?: (.*)\. Only (.*) allowed\.$/s, "这种文件不能用：$1。可以用：$2。"],
    [/^Invalid file type\b.*/s, "这种文件不能用。"],
    [/^File size exceed.*/s, "文件太大，没有上传。"],
    [/^processing( \|)?$/, "处理中$1"],
    [/^queue: ([\d/]+)( \|)?$/, "排队 $1$2"],
  ];
  const translate = (text) => {
    const words = text.data.trim();
    const found = words && said.find(([english]) => english.test(words));
    if (found) text.data = text.data.replace(words, words.replace(...found));
  };
  const read = (node) => {
    const at = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    const within = at?.closest?.(places) ? [node] : (at?.querySelectorAll?.(places) ?? []);
    for (const place of within) {
      if (place.nodeType === Node.TEXT_NODE) translate(place);
      else for (const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT); walker.nextNode(); )
        translate(walker.currentNode);
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") read(change.target);
      else change.addedNodes.forEach(read);
    }
  }).observe(document.documentElement, { childList: true, characterData: true, subtree: true });
})();
