(() => {
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const state = document.getElementById("state");
  const said = document.getElementById("matches");
  const rows = [...document.querySelectorAll("#items li")];
  const sections = [...document.querySelectorAll("#items section")];
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word));
      row.hidden = !fits || (state.value !== "" && row.dataset.status !== state.value);
      shown += !row.hidden;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
    said.textContent = `${shown} of ${rows.length} items`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
  });
  apply();
})();
