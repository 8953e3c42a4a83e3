namespace: sluice

operation:
  name: encode_ask
  inputs:
    - flow_id
    - flow_path: {required: false}
    - source
    - sluice_pass: {required: false, sensitive: true}
    - on_hold
    - ordering_key: {required: false}
    - coalesce_key: {required: false}
    - encoded_inputs: {sensitive: true}
    - sensitive_inputs
    - execution_id
    - last_state
    - connect_timeout: {required: false}
    - answer_timeout: {required: false}
    - pause: {required: false}
  python_action:
    use_jython: false
    script: |
      import json
      import re
      import time
      import uuid

      def number(text, fallback):
          # What somebody typed into a system property.
          text = str(text or '').strip()
          return text if re.fullmatch('[0-9]{1,6}', text) else fallback

      def execute(flow_id, flow_path, source, sluice_pass, on_hold, ordering_key, coalesce_key,
                  encoded_inputs, sensitive_inputs, execution_id, last_state,
                  connect_timeout, answer_timeout, pause):
          settings = {'connect_seconds': number(connect_timeout, '10'),
                      'answer_seconds': number(answer_timeout, '45'), 'pause_seconds': number(pause, '5')}
          try:
              state = json.loads(last_state)
              # Not the run id: a run may ask more than once, for several flows or for one flow in a loop.
              state.setdefault('ask_id', str(uuid.uuid4()))
              question = {
                  'flow': flow_id, 'flowPath': flow_path, 'source': source,
                  'askId': state['ask_id'], 'runId': execution_id,
                  'launcher': 'caller' if on_hold == 'wait' else 'sluice', 'pass': sluice_pass,
                  'ticket': state.get('ticket'), 'orderingKey': ordering_key, 'coalesceKey': coalesce_key,
                  'inputs': json.loads(encoded_inputs or '{}'),
                  'sensitiveInputs': json.loads(sensitive_inputs or '[]')}
              question = {name: value for name, value in question.items() if value not in (None, '')}
              waits = bool(state.get('ticket')) and not state.get('late')
              state['sent'] = time.time()
              state.setdefault('started', state['sent'])
              return {**settings, 'return_code': '0', 'question': json.dumps(question),
                      'query': '&wait=30s' if waits else '', 'sent_state': json.dumps(state)}
          except ValueError:
              return {**settings, 'return_code': '-1', 'question': '', 'query': '', 'sent_state': '{}'}
  outputs:
    - question: {value: '${question}', sensitive: true}
    - query
    - sent_state
    - connect_seconds
    - answer_seconds
    - pause_seconds
    - return_code
  results:
    - SUCCESS: "${return_code == '0'}"
    - FAILURE
