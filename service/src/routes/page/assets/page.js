// The page: its three parts, started.

import { startAsking } from "./ask.js";
import { startDocuments } from "./documents.js";
import { startWatching } from "./state.js";

startAsking();
startDocuments();
startWatching();
