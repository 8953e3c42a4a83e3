namespace: own
decision: {name: d, results: [A: "${x}", B]}
