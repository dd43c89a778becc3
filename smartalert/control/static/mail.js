// A mail as a mail program shows it. The frame may not run scripts, and our policy holds back all pictures but our own;
// these it may ask for as this officer.
function build(root) {
  root.innerHTML =
    '<figure class="sa-mail"><header><b></b><span></span></header>' +
    '<iframe sandbox="allow-same-origin" title="The e-mail" tabindex="-1"></iframe></figure>';
  return root.firstElementChild;
}

export default function ({ parentElement, data }) {
  const figure = parentElement.querySelector(".sa-mail") ?? build(parentElement);
  figure.querySelector("b").textContent = data.subject;
  figure.querySelector("span").textContent = data.sender;
  const frame = figure.querySelector("iframe");
  frame.style.height = `${data.height}px`;
  if (frame.srcdoc !== data.html) frame.srcdoc = data.html;
}
