// On every page with a notebook: says while Python starts, and when it has stopped.
const STARTING = "Python is starting: up to half a minute at the first visit.";
const STOPPED = "Python has stopped. Choose Run → Run All Cells to start it again.";
const note = document.createElement("p");
note.id = "python-status";
note.setAttribute("role", "status");
Object.assign(note.style, {
  position: "fixed", bottom: "2.5rem", left: "50%", transform: "translateX(-50%)", zIndex: 1000,
  width: "max-content", maxWidth: "90vw", boxSizing: "border-box", margin: 0, padding: ".5rem 1rem",
  borderRadius: ".3rem", background: "#0b5394", color: "#fff", font: "1rem/1.4 system-ui, sans-serif",
  pointerEvents: "none",
});
const awake = new WeakSet(); // notebooks whose Python has answered
function look() {
  const notebook = window.jupyterapp?.shell?.currentWidget?.sessionContext;
  const kernel = notebook?.session?.kernel;
  const answers = /^(idle|busy)$/.test(kernel?.status);
  if (answers) awake.add(notebook);
  const stopped = awake.has(notebook) && (!kernel || /^(dead|terminating)$/.test(kernel.status));
  const said = !notebook || answers ? "" : stopped ? STOPPED : STARTING;
  if (note.textContent !== said) note.textContent = said;
  note.style.visibility = said ? "visible" : "hidden";
}
document.body.append(note);
setInterval(look, 300);
look();
