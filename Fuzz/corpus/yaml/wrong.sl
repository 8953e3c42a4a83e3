namespace: own
flow: [
