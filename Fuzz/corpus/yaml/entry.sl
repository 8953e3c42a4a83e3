namespace: own

imports:
  other: own.other

flow:
  name: nightly
  inputs:
    - host
    - port: '22'   # the default
  workflow:
    - ask:
        do:
          other.thing:
            - host: '${host}'
        navigate:
          - SUCCESS: SUCCESS
          - FAILURE: on_failure
    - on_failure:
        - tell:
            do:
              other.tell: []
  results:
    - SUCCESS
    - FAILURE
