// On a host with several versions: tells the theme which one this is, and where their list stands.
// It would stand in the page, where no script may. The site is the same in any version's place.
const root = new URL(document.documentElement.dataset.content_root, location.href);
const place = root.pathname.split("/").at(-2);
const options = DOCUMENTATION_OPTIONS;
options.pagename = location.pathname.slice(root.pathname.length).replace(/\.html$/, "") || "index";
// What is not released is no version that could be compared.
if (place === "latest") options.VERSION = place;
options.theme_switcher_json_url = new URL("../versions.json", root).href;
options.theme_switcher_version_match = options.VERSION;
options.show_version_warning_banner = true;
