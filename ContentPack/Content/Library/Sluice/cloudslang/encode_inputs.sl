namespace: sluice

operation:
  name: encode_inputs
  inputs:
    - packed: {required: false, sensitive: true}
  python_action:
    use_jython: false
    script: |
      import json

      def execute(packed):
          inputs = {}
          for part in (packed or '').split('&'):
              name, given, value = part.partition('=')
              if given:
                  inputs[name] = value.replace('%26', '&').replace('%25', '%')
          return {'encoded_inputs': json.dumps(inputs)}
  outputs:
    - encoded_inputs: {value: '${encoded_inputs}', sensitive: true}
  results:
    - SUCCESS
