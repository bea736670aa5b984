// Order matters: the guard must hear a key before htmx does.
import "./ime";
import "./keys";
import "htmx.org";
import "./editor";
import "./findings";
import "./once";
import "./pages";
import "./lists";
import "./attachments";
import "./library";
import "./copied";
import "./review";
