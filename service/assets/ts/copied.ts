// A cell that came from last year loses its tag with the first touch; the server keeps count.
document.addEventListener("input", (event) => {
  const field = event.target as Element | null;
  const tag = field?.closest("td, div")?.querySelector(".was");
  if (tag === null || tag === undefined) return;
  tag.remove();
  if (document.querySelector(".was") === null) document.getElementById("copied")?.remove();
});
