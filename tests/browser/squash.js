// Finds Chinese text squeezed to one or two characters a line, which neither axe nor an overflow check sees.
() => {
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let node;
  while ((node = walker.nextNode())) {
    const text = node.data.trim();
    if (text.length < 4 || !/[\u4e00-\u9fff]{4}/.test(text)) continue;
    const parent = node.parentElement;
    const style = getComputedStyle(parent);
    if (style.visibility === "hidden" || parent.closest(".vh,option,svg,[hidden]")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    if (!boxes.length) continue;
    const lines = new Set(boxes.map((box) => Math.round(box.top))).size;
    const widest = Math.max(...boxes.map((box) => box.width));
    if (lines >= 2 && widest < parseFloat(style.fontSize) * 2.6) bad.push(`${parent.tagName}: ${text.slice(0, 12)}, ${lines} lines`);
  }
  return bad;
}
