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
    - gate_url: "${get_sp('sluice.gate_url')}"
    - gate_user: "${get_sp('sluice.gate_user', 'sluice')}"
    - gate_token: {default: "${get_sp('sluice.gate_token')}", sensitive: true}
    - fail_mode: "${get_sp('sluice.gate_fail_mode', 'closed')}"
    - connect_timeout: "${get_sp('sluice.gate_connect_timeout', '10')}"
    - answer_timeout: "${get_sp('sluice.gate_answer_timeout', '45')}"
    - tries: "${get_sp('sluice.gate_tries', '5')}"
    - pause: "${get_sp('sluice.gate_pause', '5')}"
    - wait_hours: "${get_sp('sluice.gate_wait_hours', '24')}"
  workflow:
    - compose:
        do:
          sluice.encode_ask:
            - flow_id
            - flow_path
            - source
            - sluice_pass
            - on_hold
            - ordering_key
            - coalesce_key
            - encoded_inputs
            - sensitive_inputs
            - execution_id: '${run_id}'
            - last_state: "${get('state', '{}')}"
        publish:
          - question
          - query
          - sent_state
        navigate:
          - SUCCESS: ask
          - FAILURE: REJECTED
    - ask:
        do:
          http.http_client_post:
            - url: "${gate_url.rstrip('/') + '/v1/launches?answer=body' + query}"
            - auth_type: basic
            - username: '${gate_user}'
            - password: {value: '${gate_token}', sensitive: true}
            - trust_all_roots: 'false'
            - x_509_hostname_verifier: strict
            - connect_timeout
            - socket_timeout: '${answer_timeout}'
            - execution_timeout: '${answer_timeout}'
            - content_type: application/json
            - request_character_set: UTF-8
            - body: {value: '${question}', sensitive: true}
        publish:
          - reply: {value: '${return_result}', sensitive: true}
          - http_status: "${status_code}"
        navigate:
          - SUCCESS: read
          - FAILURE: read
    - read:
        do:
          sluice.read_answer:
            - reply
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
            - seconds: '${pause}'
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
