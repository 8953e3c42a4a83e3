namespace: sluice

operation:
  name: read_answer
  inputs:
    - reply: {required: false, sensitive: true}
    - http_status: {required: false}
    - on_hold
    - fail_mode: {required: false}
    - tries: {required: false}
    - wait_hours: {required: false}
    - sent_state
  python_action:
    use_jython: false
    script: |
      import json
      import re
      import time

      def number(text, fallback):
          # What somebody typed into a system property.
          text = str(text or '').strip()
          return int(text) if re.fullmatch('[0-9]{1,6}', text) else fallback

      def execute(reply, http_status, on_hold, fail_mode, tries, wait_hours, sent_state):
          state = json.loads(sent_state)
          try:
              answer = json.loads(reply or '{}')
          except (ValueError, RecursionError):
              answer = {}
          answer = answer if isinstance(answer, dict) else {}
          status = str(http_status or '')
          decision = answer.get('decision') if status == '200' else None
          now = time.time()
          parked = bool(state.get('ticket'))
          may_stay = now < state['started'] + number(wait_hours, 24) * 3600
          done = state.get('tries', 0) + 1
          may_retry = may_stay if parked else done < number(tries, 5)
          valid = answer.get('validForSeconds')
          late = decision == 'proceed' and isinstance(valid, (int, float)) and now - state['sent'] > valid
          reason = answer.get('reason')
          reason = reason.get('message', '') if isinstance(reason, dict) else answer.get('detail', '')
          fallback, admission = 'false', ''
          if decision == 'proceed' and not late:
              verdict, admission = 'proceed', str(answer.get('pass') or '')
          elif decision == 'hold' and answer.get('ticket'):
              state['ticket'], done = str(answer['ticket']), 0
              verdict = 'held' if on_hold != 'wait' else 'again' if may_stay else 'rejected'
              reason = reason if verdict != 'rejected' else 'was parked at the gate for as long as it may'
          elif decision == 'reject' or (len(status) == 3 and status[0] == '4'):
              verdict = 'rejected'
          elif may_retry:
              verdict = 'again' if late else 'retry'
          elif str(fail_mode or '').strip() == 'open' and not parked:
              verdict, fallback = 'proceed', 'true'
          else:
              verdict = 'unreachable'
          state['tries'], state['late'] = done, late
          return {'verdict': verdict, 'state': json.dumps(state), 'reason': str(reason or ''),
                  'ticket': state.get('ticket') or '', 'fallback': fallback, 'admission_pass': admission}
  outputs:
    - verdict
    - state
    - reason
    - ticket
    - fallback
    - admission_pass: {value: '${admission_pass}', sensitive: true}
  results:
    - SUCCESS: "${verdict != ''}"
    - FAILURE
