// Finds text that leaves the box that is drawn for it, that is cut off, or that lies over other text.
() => {
  const heardOnly = (one) => one !== null && (getComputedStyle(one).clip === "rect(0px, 0px, 0px, 0px)" || heardOnly(one.parentElement));
  const bad = [];
  const shown = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const words = node.data.trim();
    const parent = node.parentElement;
    const style = getComputedStyle(parent);
    if (words === "" || style.visibility === "hidden" || parent.closest(".vh, .skip, option, svg, script, style, template, [hidden]")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
    if (boxes.length === 0) continue;
    const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
    const [top, bottom] = [Math.min(...boxes.map((box) => box.top)), Math.max(...boxes.map((box) => box.bottom))];
    let floats = "";
    let clipped = false;
    if (heardOnly(parent) || !parent.checkVisibility()) continue;
    for (let one = parent; one !== document.body && one !== null; one = one.parentElement) {
      const look = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      if (look.position === "fixed" || look.position === "sticky" || look.position === "absolute") floats = one.className || one.tagName;
      if (look.textOverflow === "ellipsis" && box.width > 40) clipped = true; // shortened on purpose, and said as such
      if (clipped || look.display === "inline" || look.display === "contents" || box.width === 0) continue;
      if (look.overflowX === "auto" || look.overflowX === "scroll") clipped = true;
      else if (right > box.right + 2 || left < box.left - 2) {
        bad.push(`${one.tagName}.${one.className}: ${words.slice(0, 40)} leaves it by ${Math.round(Math.max(right - box.right, box.left - left))} px`);
        break;
      } else if (look.overflowY === "hidden" && (bottom > box.bottom + 3 || top < box.top - 3)) {
        bad.push(`${one.tagName}.${one.className}: ${words.slice(0, 40)} is cut off`);
        break;
      }
    }
    const lines = new Set(boxes.map((box) => Math.round(box.top))).size;
    const widest = Math.max(...boxes.map((box) => box.width));
    if (lines >= 4 && widest < parseFloat(style.fontSize) * 4) bad.push(`${parent.tagName}.${parent.className}: ${words.slice(0, 40)} is squeezed to ${lines} lines`);
    if (floats === "" && !clipped) for (const box of boxes) shown.push({ box, words, parent });
  }
  shown.sort((one, other) => one.box.top - other.box.top);
  shown.forEach((one, at) => {
    for (let next = at + 1; next < shown.length && shown[next].box.top < one.box.bottom - 4; next += 1) {
      const other = shown[next];
      if (one.parent === other.parent) continue;
      const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const tall = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (wide > 2 && tall > 5) bad.push(`${one.words.slice(0, 30)} lies over ${other.words.slice(0, 30)}`);
    }
  });
  return [...new Set(bad)];
}
