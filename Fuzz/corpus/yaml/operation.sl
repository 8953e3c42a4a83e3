namespace: own
operation:
  name: op
  python_action:
    script: |
      a = 1 * 2
  results:
    - SUCCESS
