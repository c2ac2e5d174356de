"use strict";
(() => {
  const form = document.querySelector(".search");
  if (!form) return;
  const input = form.querySelector("input"), hits = form.querySelector("output"), none = document.getElementById("none");
  const items = Array.from(document.querySelectorAll(".item"), (element) => ({ element, text: element.textContent.toLowerCase() }));
  const rows = items.filter((item) => item.element.tagName === "TR");
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { element, text } of items) element.hidden = !words.every((word) => text.includes(word));
    const shown = rows.filter((row) => !row.element.hidden).length;
    hits.textContent = words.length ? `${shown} of ${rows.length}` : "";
    none.hidden = shown > 0;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", search);
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
