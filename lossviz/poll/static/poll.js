"use strict";
// The voter's page: asks `state` again and again, shows it, and sends this voter's choice until
// the server has acknowledged it. All addresses are relative, so a proxy's prefix does no harm.

const PACE = 2000; // ms between two looks at the state, ± a quarter
const LONGEST = 15000; // ms between two tries while the server is away
const PATIENCE = 8000; // ms before a request counts as lost

let state = null; // what the server said last
let wish = null; // {round, choice}: chosen here, not acknowledged yet
let failures = 0; // tries in a row without an answer
let unsaved = 0; // answers in a row that the server cannot save the vote
let refused = false; // no cookie, no vote
let late = null; // the round for which a vote came too late
let timer = 0;
let busy = false;
let again = false;

const page = (id) => document.getElementById(id);

function jitter(milliseconds) {
  return milliseconds * (0.75 + 0.5 * Math.random());
}

async function request(path, body) {
  const stop = new AbortController();
  const watch = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const options = { signal: stop.signal, cache: "no-store", credentials: "same-origin" };
    if (body !== undefined) {
      options.method = "POST";
      options.headers = { "Content-Type": "application/json" };
      options.body = JSON.stringify(body);
    }
    const response = await fetch(path, options);
    const text = await response.text();
    return { status: response.status, text };
  } finally {
    clearTimeout(watch);
  }
}

async function send(vote) {
  let answer = await request("vote", vote);
  if (answer.status === 403) {
    await request("."); // the cookie is lost, or of another database: fetch a new one
    answer = await request("vote", vote);
  }
  if (answer.status >= 500) {
    unsaved += 1; // the wish stays, to be sent again
    return;
  }
  unsaved = 0;
  if (wish === vote) wish = null; // a newer choice stays to be sent
  if (answer.status === 409) late = vote.round;
  if (answer.status === 403) refused = true;
}

async function look() {
  clearTimeout(timer);
  if (busy) {
    again = true; // a tap while a request is under way: go round once more
    return;
  }
  busy = true;
  again = false;
  try {
    if (wish) await send(wish);
    const answer = await request("state");
    if (answer.status !== 200) throw new Error("no state");
    state = JSON.parse(answer.text);
    if (wish && wish.round !== state.round) wish = null;
    if (!wish) unsaved = 0;
    failures = 0;
  } catch {
    failures += 1;
  }
  busy = false;
  show();
  const tries = Math.max(failures, unsaved);
  const wait = tries ? Math.min(LONGEST, 500 * 2 ** tries) : PACE;
  timer = setTimeout(look, again || (wish && !tries) ? 0 : jitter(wait));
}

function choose(choice) {
  if (!state || state.status !== "open") return;
  wish = { round: state.round, choice };
  refused = false;
  show();
  look();
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text; // a screen reader hears changes only
}

function letter(choice) {
  return `“${state.options[choice]}”`;
}

function message() {
  if (failures) {
    return wish ? "Lost connection, trying again. Your vote is not in yet." : "Lost connection, trying again.";
  }
  if (refused) return "Your browser keeps no cookies for this page, so it cannot vote. Allow them and reload.";
  if (wish && unsaved) {
    return (
      `Your vote for ${letter(wish.choice)} is not counted yet: the poll's computer cannot save it ` +
      "just now. It is sent again by itself."
    );
  }
  if (wish) return `Sending your vote: ${letter(wish.choice)}…`;
  if (state.status === "open") {
    return state.voted === null
      ? "Voting is open. Choose your answer."
      : `Your vote is in: ${letter(state.voted)}. You may change it while voting is open.`;
  }
  if (state.voted !== null) return `Voting is closed. Your vote is in: ${letter(state.voted)}.`;
  if (late === state.round) return "Voting is closed. Your vote came too late and was not counted.";
  return "Voting is closed. Stay here: this page changes by itself when it opens.";
}

function show() {
  const box = page("message");
  box.className = failures || refused || unsaved ? "trouble" : "";
  if (!state) {
    set(box, failures ? "Lost connection, trying again." : "");
    return;
  }
  set(page("round"), `Class poll · round ${state.round}`);
  set(page("question"), state.question);
  if (state.picture !== undefined) showPicture(); // the question is not the one the page came with
  document.title = state.question;
  showOptions();
  set(box, message());
}

function showPicture() {
  const figure = page("picture");
  const image = state.picture && document.createElement("img");
  if (image) {
    image.src = state.picture;
    image.alt = state.alt;
  }
  const shown = figure.querySelector("img");
  if (image && shown && image.src === shown.src && image.alt === shown.alt) return;
  figure.replaceChildren(...(image ? [image] : []));
}

function showOptions() {
  const list = page("options");
  const key = JSON.stringify(state.options);
  if (list.dataset.key !== key) {
    list.replaceChildren(...state.options.map(makeOption));
    list.dataset.key = key;
  }
  const chosen = wish ? wish.choice : state.voted;
  const total = (state.counts || []).reduce((sum, count) => sum + count, 0);
  [...list.children].forEach((item, index) => {
    const [button, result] = item.children;
    button.setAttribute("aria-pressed", String(index === chosen));
    button.setAttribute("aria-disabled", String(state.status !== "open"));
    result.hidden = !state.counts;
    if (!state.counts) return;
    const share = total ? (100 * state.counts[index]) / total : 0;
    result.firstChild.style.width = `${share}%`;
    set(result.lastChild, `${state.counts[index]} of ${total} votes (${Math.round(share)} %)`);
  });
}

function makeOption(text, index) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const label = document.createElement("span");
  label.textContent = text;
  button.type = "button";
  button.append(label);
  button.addEventListener("click", () => choose(index));
  const result = document.createElement("p");
  result.className = "result";
  result.hidden = true;
  result.append(document.createElement("i"), document.createElement("b"));
  item.append(button, result);
  return item;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
window.addEventListener("online", look);
look();
