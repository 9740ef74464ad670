"""The model card that is written beside the weights."""

from copilot.training.contrast import Options

_CARD = """---
language: [zh, en]
library_name: model2vec
tags: [static-embeddings, sentence-transformers]
---
# ops-copilot built-in embedding

A static Chinese embedding: {pieces} pieces of {dimension} numbers (float16); the vector of a text is the mean of its
pieces' vectors, made unit length. `SentenceTransformer(folder)`, model2vec's `StaticModel.from_pretrained(folder)` and
`copilot.embedding.static.StaticEmbedding(folder)` load it. Fold text first (`copilot.text.fold`: traditional →
simplified, full → half width, lower case); the product does. Its vocabulary is the product's: pieces are terms of the
lexical index and the measure of the token estimate.

## How it was made

`python -m copilot.training --data DATA --out FOLDER` ({steps} steps of {batch}, seed {seed}): heading → section, a
piece of a passage → the passage with or without it, questions → answers, titles → abstracts, English ↔ Chinese,
synonyms, paraphrases, how people ask ↔ the handbook's sections and terms; in-batch negatives, neighbours in the
documents among them. No evaluation text was trained on, but the handbook's own sections
were: figures on the handbook are not figures on unseen text.

## Data and licences

| text | licence |
|---|---|
| Adobe documentation (Copyright 2021 Adobe) and pairs from it | MIT; commerce-learn Apache-2.0 |
| Microsoft documentation and pairs from it | CC BY 4.0 |
| JavaGuide, d2l-zh | Apache-2.0 |
| HowToCook | Unlicense |
| Vue and React documentation, Chinese | CC BY 4.0 |
| agency-agents-zh, ai-product-manager-skills, zh-style-guide | MIT |
| prompts-chat-zh-cn | CC0 (prompts), MIT (book) |
| opensource.guide, CNCF glossary | CC BY 4.0 |
| statutes of the PRC | no copyright (Copyright Law, art. 5) |
| Common Voice sentences | CC0 |
| Tatoeba sentence pairs, by their authors (tatoeba.org) | CC BY 2.0 FR |
| CSL titles and abstracts | Apache-2.0 |
| PAWS-X | free for any purpose |
| Chinese Open Wordnet (Francis Bond, Shan Wang) | Wordnet licence |
| THUOCL word lists (as vocabulary) | MIT |
| the handbook, its glossary, how people ask for its sections | this project |

Sources and commits stand in the READMEs of the training data.

## Figures

Alone, by cosine; sets of other people's that were not trained on, chosen among settings with. The handbook's own
sections were trained on, its development questions were not.

<!-- python -m benchmarks.embedding --data DATA --handbook --card -->
<!-- -->

## Limits

Made to find passages beside a lexical index, not to replace one: it knows neither word order nor negation, rare names
are only as good as their characters, and its subjects are software, business and statutes.
"""


def model_card(options: Options, pieces: int) -> str:
    """Return the README.md of the model folder."""
    return _CARD.format(
        pieces=pieces, dimension=options.dimension, steps=options.steps, batch=options.batch, seed=options.seed
    )
