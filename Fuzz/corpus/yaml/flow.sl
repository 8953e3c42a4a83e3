namespace: own.flows
imports:
  base: own.base
flow:
  name: hello
  inputs:
    - host
    - port: '80'
    - password: {required: false, sensitive: true, private: true, default: 'x'}
  workflow:
    - first:
        do:
          base.print:
            - text: ${host}
        navigate:
          - SUCCESS: again
    - again:
        parallel_loop:
          for: x in y
          do: {own.other.op: []}
    - on_failure:
        - last: {do: {print: }}
  results: [SUCCESS, FAILURE: "${a}"]
