namespace: own

imports:
  other: own.other

flow:
  name: nightly
  inputs:
    # sluice gate, put in by `sluice pack gate`; until the end mark: 51c0e001-0001-4196-a000-2417838c5785
    - sluicePass: {required: false, sensitive: true}
    # sluice gate, end mark: 51c0e001-0001-4196-a000-2417838c5785
    - host
    - port: '22'   # the default
  workflow:
    # sluice gate, put in by `sluice pack gate`; until the end mark: 51c0e001-0003-4196-a000-2417838c5785
    - sluice_encode:
        do:
          sluice.encode_inputs:
            - packed: {value: "${('host=' + get('host').replace('%', '%25').replace('&', '%26') if get('host') is not None else '') + '&' + ('port=' + get('port').replace('%', '%25').replace('&', '%26') if get('port') is not None else '')}", sensitive: true}
        publish:
          - sluice_inputs: {value: '${encoded_inputs}', sensitive: true}
        navigate:
          - SUCCESS: sluice_gate
    - sluice_gate:
        do:
          sluice.maintenance_gate:
            - flow_id: "own.nightly"
            - flow_path: "Library/own/nightly"
            - sluice_pass: {value: "${get('sluicePass', '')}", sensitive: true}
            - on_hold: end
            - encoded_inputs: {value: '${sluice_inputs}', sensitive: true}
        publish:
          - sluicePass: {value: '${gate_pass}', sensitive: true}
          - sluice_fallback
        navigate:
          - PROCEED: ask
          - HELD: DEFERRED
          - REJECTED: FAILURE
          - UNREACHABLE: FAILURE
    # sluice gate, end mark: 51c0e001-0003-4196-a000-2417838c5785
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
    # sluice gate, put in by `sluice pack gate`; until the end mark: 51c0e001-0002-4196-a000-2417838c5785
    - DEFERRED
    # sluice gate, end mark: 51c0e001-0002-4196-a000-2417838c5785
    - SUCCESS
    - FAILURE
