// What readers look for is how to do something: guides first, then concepts, the reference last.
var Scorer = {
  score: ([page, title, anchor, description, score]) => {
    if (page.startsWith("how-to/")) return score + 8;
    if (page.startsWith("reference") || ["architecture", "changelog", "dependencies", "performance"].includes(page))
      return score - 40;
    return score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
