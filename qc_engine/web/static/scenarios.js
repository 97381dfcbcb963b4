// The editor of a scenario: numbers beside the lines, and a way from a fault to its place.
addEventListener("DOMContentLoaded", () => {
  const text = document.querySelector("textarea[data-file]");
  const numbers = document.querySelector("[data-numbers]");
  if (!text || !numbers) return;

  // The text is as high as it is long: the page scrolls, and the numbers stay beside their lines.
  function number() {
    const count = text.value.split("\n").length;
    if (text.rows === count) return;
    text.rows = count;
    numbers.textContent = Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("");
  }

  function go(line, column) {
    const lines = text.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const at = before + Math.min(column - 1, (lines[line - 1] || "").length);
    text.focus({ preventScroll: true });
    text.setSelectionRange(at, at);
    const high = parseFloat(getComputedStyle(text).lineHeight);
    const top = text.getBoundingClientRect().top + scrollY + (line - 1) * high;
    scrollTo({ top: top - innerHeight / 2 });
  }

  // Tab leaves the field, as everywhere: nobody is caught in it. Enter keeps the indentation.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const line = text.value.slice(0, text.selectionStart).split("\n").pop();
    const indent = line.match(/^ */)[0];
    if (!indent) return;
    event.preventDefault();
    document.execCommand("insertText", false, `\n${indent}`);
  });
  text.addEventListener("input", number);
  document.addEventListener("click", (event) => {
    const fault = event.target.closest("a[data-line]");
    if (!fault || fault.dataset.file !== text.dataset.file) return;
    event.preventDefault();
    go(Number(fault.dataset.line), Number(fault.dataset.column));
  });
  let saving = false;
  const began = text.defaultValue;
  // What opens beside leaves the text where it is.
  text.form.addEventListener("submit", (event) => {
    if (!event.submitter || event.submitter.formTarget !== "_blank") saving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!saving && text.value !== began) event.preventDefault();
  });
  number();
});
