namespace: sluice

properties:
  - gate_url: ''
  - gate_user: 'sluice'
  - gate_token: {value: '', sensitive: true}
  - gate_fail_mode: 'closed'
  - gate_connect_timeout: '10'
  - gate_answer_timeout: '45'
  - gate_tries: '5'
  - gate_pause: '5'
  - gate_wait_hours: '24'
