// Keeps the state on the first page fresh while someone looks at it. The page is whole
// without it.
"use strict";
(function () {
  const part = document.getElementById("live");
  if (!part) return;
  let pause = 3000;
  async function refresh() {
    if (!document.hidden) {
      try {
        const answer = await fetch(part.dataset.from, { credentials: "same-origin", cache: "no-store" });
        if (!answer.ok) throw new Error(answer.status);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        part.replaceChildren(...fresh.body.childNodes);
        part.classList.remove("old");
        pause = 3000;
      } catch {
        // The figures stay, marked as old, and the node is asked less and less often.
        part.classList.add("old");
        pause = Math.min(pause * 2, 60000);
      }
    }
    setTimeout(refresh, pause);
  }
  setTimeout(refresh, pause);
})();
