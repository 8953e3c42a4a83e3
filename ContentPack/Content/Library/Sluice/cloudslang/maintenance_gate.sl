namespace: sluice

imports:
  http: io.cloudslang.base.http
  strings: io.cloudslang.base.strings
  utils: io.cloudslang.base.utils

flow:
  name: maintenance_gate
  inputs:
    - flow_id
    - flow_path: {required: false}
    - source: 'flow'
    - sluice_pass: {required: false, sensitive: true}
    - on_hold: 'end'
    - ordering_key: {required: false}
    - coalesce_key: {required: false}
    - encoded_inputs: {default: '{}', sensitive: true}
    - sensitive_inputs: '[]'
    # An empty or mistyped property must not end the run: the operations take the default for it.
    - gate_url: {default: "${get_sp('sluice.gate_url', '')}", required: false}
    - gate_user: {default: "${get_sp('sluice.gate_user', 'sluice')}", required: false}
    - gate_token: {default: "${get_sp('sluice.gate_token', '')}", required: false, sensitive: true}
    - fail_mode: {default: "${get_sp('sluice.gate_fail_mode', 'closed')}", required: false}
    - connect_timeout: {default: "${get_sp('sluice.gate_connect_timeout', '10')}", required: false}
    - answer_timeout: {default: "${get_sp('sluice.gate_answer_timeout', '45')}", required: false}
    - tries: {default: "${get_sp('sluice.gate_tries', '5')}", required: false}
    - pause: {default: "${get_sp('sluice.gate_pause', '5')}", required: false}
    - wait_hours: {default: "${get_sp('sluice.gate_wait_hours', '24')}", required: false}
  workflow:
    - compose:
        do:
          sluice.encode_ask:
            - flow_id
            - flow_path
            - source
            - sluice_pass: {value: "${get('sluice_pass', '')}", sensitive: true}
            - on_hold
            - ordering_key
            - coalesce_key
            - encoded_inputs: {value: "${get('encoded_inputs', '{}')}", sensitive: true}
            - sensitive_inputs
            - execution_id: '${run_id}'
            - last_state: "${get('state', '{}')}"
            - connect_timeout
            - answer_timeout
            - pause
        publish:
          - question: {value: '${question}', sensitive: true}
          - query
          - sent_state
          - connect_seconds
          - answer_seconds
          - pause_seconds
        navigate:
          - SUCCESS: ask
          - FAILURE: REJECTED
    - ask:
        do:
          http.http_client_post:
            - url: "${get('gate_url', '').strip().rstrip('/') + '/v1/launches?answer=body' + query}"
            - auth_type: basic
            - username: "${get('gate_user', '')}"
            - password: {value: "${get('gate_token', '')}", sensitive: true}
            - trust_all_roots: 'false'
            - x_509_hostname_verifier: strict
            - connect_timeout: '${connect_seconds}'
            - socket_timeout: '${answer_seconds}'
            - execution_timeout: '${answer_seconds}'
            - content_type: application/json
            - request_character_set: UTF-8
            - body: {value: '${question}', sensitive: true}
        publish:
          - reply: {value: "${get('return_result', '')}", sensitive: true}
          - http_status: "${get('status_code', '')}"
        navigate:
          - SUCCESS: read
          - FAILURE: read
    - read:
        do:
          sluice.read_answer:
            - reply: {value: "${get('reply', '')}", sensitive: true}
            - http_status
            - on_hold
            - fail_mode
            - tries
            - wait_hours
            - sent_state
        publish:
          - verdict
          - state
          - reason
          - ticket
          - fallback
          - pass: {value: '${admission_pass}', sensitive: true}
        navigate:
          - SUCCESS: is_proceed
          - FAILURE: UNREACHABLE
    - is_proceed:
        do:
          strings.string_equals:
            - first_string: '${verdict}'
            - second_string: proceed
        navigate:
          - SUCCESS: PROCEED
          - FAILURE: is_held
    - is_held:
        do:
          strings.string_equals:
            - first_string: '${verdict}'
            - second_string: held
        navigate:
          - SUCCESS: HELD
          - FAILURE: is_rejected
    - is_rejected:
        do:
          strings.string_equals:
            - first_string: '${verdict}'
            - second_string: rejected
        navigate:
          - SUCCESS: REJECTED
          - FAILURE: is_unreachable
    - is_unreachable:
        do:
          strings.string_equals:
            - first_string: '${verdict}'
            - second_string: unreachable
        navigate:
          - SUCCESS: UNREACHABLE
          - FAILURE: is_again
    - is_again:
        do:
          strings.string_equals:
            - first_string: '${verdict}'
            - second_string: again
        navigate:
          - SUCCESS: compose
          - FAILURE: rest
    - rest:
        do:
          utils.sleep:
            - seconds: '${pause_seconds}'
        navigate:
          - SUCCESS: compose
          - FAILURE: UNREACHABLE
  outputs:
    - gate_reason: "${get('reason', '')}"
    - gate_ticket: "${get('ticket', '')}"
    - sluice_fallback: "${get('fallback', 'false')}"
    - gate_pass: {value: "${get('pass', '')}", sensitive: true}
  results:
    - PROCEED
    - HELD
    - REJECTED
    - UNREACHABLE
