// Small things that only a browser can do. Called from the js_on_load of our gr.HTML and from js= of events.
window.oc = {
  // Copy text; without the clipboard (http beyond localhost) through a hidden field.
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.style.position = "fixed";
      field.style.opacity = "0";
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    oc.say("已复制");
  },
  // Say something to eyes and screen readers for two seconds.
  say(words) {
    const old = document.getElementById("oc-said");
    if (old) old.remove();
    const line = document.createElement("div");
    line.id = "oc-said";
    line.setAttribute("role", "status");
    line.textContent = words;
    document.body.append(line);
    setTimeout(() => line.remove(), 2000);
  },
};
document.documentElement.lang = "zh-CN";
document.addEventListener("click", (event) => {
  const hit = event.target.closest("[data-copy]");
  if (!hit) return;
  const from = hit.dataset.copy ? document.getElementById(hit.dataset.copy) : null;
  oc.copy(from ? from.innerText : hit.dataset.text || "");
});
// Click the link that a hidden download button has just been given.
oc.download = (id) => setTimeout(() => {
  const place = document.getElementById(id);
  if (place) (place.querySelector("a[href]") || place.querySelector("button") || place).click();
}, 50);
