(() => {
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const said = document.getElementById("matches");
  const chosen = ["state", "severity", "section"].map((name) => document.getElementById(name));
  const sections = [...document.querySelectorAll("#items section")];
  const worded = (element) => ({ element, text: element.textContent.toLowerCase() });
  const without = (element) =>
    [...element.children].filter((child) => !child.querySelector("tr") && !child.matches("table"));
  // Reading every word of a big report takes longer than opening it: only who searches waits.
  let index;
  const read = () => ({
    items: [...document.querySelectorAll("#items li")].map(worded),
    failures: [...document.querySelectorAll("article")].map((element) => ({
      element,
      rows: [...element.querySelectorAll("tbody tr")].map(worded),
      text: without(element).map((child) => child.textContent).join(" ").toLowerCase(),
    })),
  });
  const [state, severity, section] = chosen;
  const suits = ({ dataset }) =>
    (!state.value || dataset.status === state.value) &&
    (!severity.value || dataset.severity === severity.value) &&
    (!section.value || dataset.section === section.value);

  const tell = (shown, of, resources) => {
    said.textContent =
      `${shown} of ${of} items, ${resources.toLocaleString("en")} offenders`;
  };
  const apply = () => {
    index ??= read();
    const { items, failures } = index;
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const within = (text) => wanted.every((word) => text.includes(word));
    const found = new Set();
    let resources = 0;
    for (const { element, rows, text } of failures) {
      const whole = within(text);
      let kept = 0;
      for (const row of rows) {
        row.element.hidden = !whole && !within(text + row.text);
        kept += !row.element.hidden;
      }
      element.hidden = !suits(element) || !(whole || kept);
      if (element.hidden) continue;
      resources += kept;
      found.add(`#${element.id}`);
      const folded = element.querySelector("details");
      if (folded && folded.querySelector("tr")) {
        folded.open = wanted.length > 0 && !whole;
      }
    }
    let shown = 0;
    for (const { element, text } of items) {
      const link = element.querySelector("a");
      const fits = within(text) || (link && found.has(link.getAttribute("href")));
      element.hidden = !fits || !suits(element);
      shown += !element.hidden;
    }
    for (const each of sections) {
      each.hidden = !each.querySelector("li:not([hidden])");
    }
    tell(shown, items.length, resources);
  };

  let waiting;
  form.hidden = false;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  });
  const all = document.querySelectorAll("#items li").length;
  tell(all, all, document.querySelectorAll("article tbody tr").length);
})();
