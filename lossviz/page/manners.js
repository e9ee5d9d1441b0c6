// What stock widgets leave out, set on the box around this widget: the group's name, feedback that is
// read out, radio buttons that know they belong together, and a word when no kernel answers them.
let count = 0;

export default {
  render({ model, el }) {
    el.classList.add("lossviz-manners");
    const note = el.appendChild(document.createElement("p"));
    note.className = "lossviz-asleep";
    note.setAttribute("role", "status");
    const alive = model.get("layout"); // as every model of a page, it knows whether its kernel lives
    function checkAlive() {
      const gone = alive?.comm_live === false;
      el.classList.toggle("lossviz-alone", gone);
      note.textContent = gone ? "No kernel answers here any more. Choose Run → Run All Cells to wake it." : "";
    }
    alive?.on("comm_live_update", checkAlive);
    checkAlive();
    const group = `lossviz-${Date.now()}-${count++}`;
    let watch, wait;
    function dress(box) {
      const title = box.querySelector(".lossviz-title .widget-htmlmath-content");
      if (title && title.id !== `${group}-title`) {
        title.id = `${group}-title`;
        box.setAttribute("role", "group");
        box.setAttribute("aria-labelledby", title.id);
      }
      box.querySelectorAll(".lossviz-feedback, .lossviz-result, .lossviz-hints").forEach((node) => {
        if (!node.hasAttribute("aria-live")) { node.setAttribute("role", "status"); node.setAttribute("aria-live", "polite"); }
      });
      box.querySelectorAll(".widget-radio-box").forEach((radios) => {
        radios.setAttribute("role", "radiogroup");
        radios.setAttribute("aria-label", "Options");
        radios.querySelectorAll("input").forEach((input) => {
          input.name = group; // arrow keys go from option to option
        });
      });
    }
    function find() {
      const box = el.closest(".lossviz-question, .lossviz-exercise");
      if (!box) { wait = requestAnimationFrame(find); return; }
      dress(box);
      watch = new MutationObserver(() => dress(box)); // the parts arrive, and are made anew, later
      watch.observe(box, { childList: true, subtree: true });
    }
    find();
    return () => { alive?.off("comm_live_update", checkAlive); cancelAnimationFrame(wait); watch?.disconnect(); };
  },
};
