// A mail as a mail program shows it, as high as it is long. The frame may not run scripts, and our policy holds back all
// pictures but our own; these it may ask for as this officer.
function build(root) {
  root.innerHTML =
    '<figure class="sa-mail"><header><b></b><span></span></header>' +
    '<iframe sandbox="allow-same-origin" title="The e-mail" tabindex="-1" scrolling="no"></iframe></figure>';
  const frame = root.querySelector("iframe");
  frame.addEventListener("load", () => fit(frame));
  new ResizeObserver(() => fit(frame)).observe(frame);
  return root.firstElementChild;
}

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (!page || !frame.clientWidth) return;
  const height = `${page.offsetHeight}px`;
  if (frame.style.height !== height) frame.style.height = height;
}

export default function ({ parentElement, data }) {
  const figure = parentElement.querySelector(".sa-mail") ?? build(parentElement);
  figure.querySelector("b").textContent = data.subject;
  figure.querySelector("span").textContent = data.sender;
  const frame = figure.querySelector("iframe");
  if (frame.srcdoc !== data.html) frame.srcdoc = data.html;
}
