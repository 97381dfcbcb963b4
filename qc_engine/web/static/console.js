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
  const busy = asks.querySelector("details[open], input:focus, textarea:focus");
  if (document.hidden || busy || (asks.hasAttribute("data-live") && isAtWork())) event.preventDefault();
});

// Somebody types, chooses or is asked something, anywhere in the page.
function isAtWork() {
  return document.querySelector("input:focus, textarea:focus, select:focus, dialog[open]") !== null;
}

// What could not be asked leaves the page as it is; only a session that is over leads to the login page.
document.addEventListener("htmx:before:response", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  const failed = response.status >= 400 && response.status !== 401;
  if (failed && sourceElement?.hasAttribute("data-polls")) event.preventDefault();
});

// When the page was last known to be fresh; a screen reader hears of it only when something has changed.
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  const at = response.headers.get("Renewed-At");
  if (!at || !sourceElement || !sourceElement.hasAttribute("data-live")) return;
  const line = document.querySelector("[data-renewed]");
  line.hidden = false;
  line.textContent = line.dataset.renewed.replace("{at}", at);
  const news = document.querySelector("[data-changed]");
  if (response.status === 200) news.textContent = news.dataset.changed.replace("{at}", at);
});

// Whoever pressed a button hears what came of it, also by a screen reader.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.sourceElement?.hasAttribute("data-live")) return; // nobody pressed anything
  const notice = document.querySelector("[data-notice]");
  if (notice) notice.focus();
});
