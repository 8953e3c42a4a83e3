namespace: own
properties:
  - host: "localhost"
  - port: {value: 80, sensitive: true}
