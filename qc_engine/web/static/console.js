// What the console's pages do by themselves; everything works without it, only less comfortably.
document.addEventListener("alpine:init", () => {
  // A menu that closes when somebody looks elsewhere.
  Alpine.data("menu", () => ({
    close() {
      this.$root.open = false;
    },
    escape() {
      if (!this.$root.open) return;
      this.$root.open = false;
      this.$root.querySelector("summary").focus();
    },
  }));
  // A command to be pasted into a terminal.
  Alpine.data("copy", () => ({
    done: false,
    copy() {
      const field = this.$root.querySelector("input");
      if (navigator.clipboard) {
        navigator.clipboard.writeText(this.$root.dataset.text).then(() => {
          this.done = true;
        });
      } else if (field) {
        // Without TLS a browser gives no clipboard, only what somebody has marked.
        field.select();
        this.done = document.execCommand("copy");
      }
    },
  }));
});

// A question that is open, or a field that is being filled in, must not be swept away by fresh news.
document.addEventListener("htmx:config:request", (event) => {
  const asks = event.detail.ctx.sourceElement;
  if (!asks || !asks.hasAttribute("data-polls")) return;
  if (document.hidden || asks.querySelector("details[open], input:focus, textarea:focus")) event.preventDefault();
});

// Whoever pressed a button hears what came of it, also by a screen reader.
document.addEventListener("htmx:after:swap", () => {
  const notice = document.querySelector("[data-notice]");
  if (notice) notice.focus();
});
