// The three parts of the page.

import { startAsking } from "./ask.js";
import { startDocuments } from "./documents.js";
import { startWatching } from "./state.js";

startAsking();
startDocuments();
startWatching();
