import SluiceContent
import Testing

/// Packs of our own writing for comparisons, with an element of every kind that real documents have.
enum DifferenceFixtures {
    static let flowPath = "Content/Library/Own/Nightly.xml"
    static let operationPath = "Content/Library/Own/Ask.xml"
    static let propertyPath = "Content/Configuration/System Properties/Token.xml"
    static let accountPath = "Content/Configuration/System Accounts/Admin.xml"
    static let slangPath = "Content/Library/own/nightly.sl"
    static let slangOperationPath = "Content/Library/own/ask.sl"
    static let slangPropertyPath = "Content/Configuration/System Properties/own.prop.sl"
    static let textsPath = "resource-bundles/cp.properties"

    /// A value that no output may have.
    static let secret = "hunter2"

    /// What is said where nothing but the bytes differs.
    static let otherLayout = "white space, comments, line ends or the order of elements"

    static let files: [String: String] = [
        "contentpack.properties": Documents.properties + "content.pack.description=Old\nown.key=\(secret)\n",
        "pom.xml": """
        <project><version>1.2.3</version><dependencies><dependency><groupId>DEFAULT</groupId>
        <artifactId>Base</artifactId><version>[1,)</version></dependency></dependencies></project>
        """,
        textsPath: "f-1.description=What it does\nf-1.a.description=Asks\n",
        "Content/Library/Own.properties": "Library\\\\Own.description=Folder\n",
        "Lib/own/own/1/own-1.jar": "jar", "readme.txt": "Hello", "META-INF/OWN.RSA": "signed",
        flowPath: flow, operationPath: operation, slangPath: slang, slangOperationPath: slangOperation,
        propertyPath: """
        <systemProperty id="p-1"><annotation/><name>Token</name><value>\(secret)</value></systemProperty>
        """,
        accountPath: """
        <identity id="i-1"><name>Admin</name><userName>root</userName><token>\(secret)</token></identity>
        """,
        slangPropertyPath: "namespace: own\nproperties:\n  - url: 'http://old'\n  - token: {value: '\(secret)'}\n",
    ]

    static let flow = """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="f-1">
          <descriptionCdata><![CDATA[f-1.description=Old text]]></descriptionCdata>
          <annotation>f-1.description</annotation><name>Nightly</name><categories><category>a</category></categories>
          <inputs>
            <userInputBinding id="b1"><annotation>x</annotation><assignFromContext>true</assignFromContext>
              <fromContextKey>host</fromContextKey><assignToContext>true</assignToContext>
              <toContextKey>host</toContextKey><inputType>STRING</inputType><isList>true</isList>
              <required>false</required><inputSymbol>host</inputSymbol><listDelimiter>,</listDelimiter>
              <record>false</record><prompt>ask</prompt><isMultiSelect>false</isMultiSelect></userInputBinding>
            <staticBinding id="b2"><inputType>ENCRYPTED</inputType><required>true</required>
              <inputSymbol>password</inputSymbol><value>\(secret)</value></staticBinding>
          </inputs>
          <possibleResponses>
            <opResponse id="r1"><name>success</name><isDefault>true</isDefault><onFailure>false</onFailure>
              <type>RESOLVED</type><matchRules/></opResponse>
            <opResponse id="r2"><name>failure</name><isDefault>false</isDefault><onFailure>true</onFailure>
              <type>ERROR</type><matchRules/></opResponse>
          </possibleResponses>
          <availableResultExpressions><expression id="o1"><name>answer</name><fieldName>returnResult</fieldName>
            <sourceType>RAWRESULT</sourceType><filters/></expression></availableResultExpressions>
          <scriptlet id="x1"><name>default</name><script>flowWork(1);</script><type>RHINO</type></scriptlet>
          <iconSpec id="x2"><baseIcon>a.png</baseIcon></iconSpec>
          <callouts><callout id="c1"><text>key</text><bounds><x>1.0</x></bounds><layer>-1</layer></callout></callouts>
          <checkPointFlow>true</checkPointFlow>
          <steps>\(step)\(end("b", "success", "RESOLVED"))\(end("c", "failure", "ERROR"))
          </steps>
          <startSteps>a</startSteps>
        </flow>
        """

    private static let step = """
        <step id="a"><annotation>y</annotation><name>Ask</name><bounds><x>1.0</x><y>2.0</y></bounds><layer>-1</layer>
          <hideInbound>false</hideInbound><isCriticalStep>false</isCriticalStep><isNonBlocking>false</isNonBlocking>
          <isSingleResponse>false</isSingleResponse><recordInHistory>false</recordInHistory>
          <checkPointStep>true</checkPointStep><userPrompt>\(secret)</userPrompt>
          <bindings><staticBinding id="b3"><inputType>STRING</inputType><required>true</required>
            <inputSymbol>command</inputSymbol><value>\(secret)</value></staticBinding></bindings>
          <transitions>
            <transition id="t1"><name>done</name><command>NEXT</command><linkMode>false</linkMode>
              <responseSymbol>success</responseSymbol><shouldHandoff>false</shouldHandoff>
              <transitionValue>0.0</transitionValue><destination><refId>b</refId></destination>
              <source><refId>a</refId></source><positions><point><x>5.0</x></point></positions></transition>
            <transition id="t2"><name>failure</name><responseSymbol>failure</responseSymbol>
              <destination><refId>c</refId></destination></transition>
          </transitions>
          <properties><entry><key>Title</key>
            <modelValue id="m1"><stringValue>\(secret)</stringValue></modelValue></entry></properties>
          <scriptlet id="x3"><name>default</name><script>doWork("a");</script><type>RHINO</type></scriptlet>
          <opRef><refId>o-1</refId></opRef>
          <assignments><flowVariableAssignment id="v1"><name>assignment</name><action>OVERWRITE</action>
            <assignmentTargetType>FLOW_VARIABLE</assignmentTargetType><contextKey>out</contextKey>
            <expression id="e1"><name>n</name><fieldName>returnResult</fieldName><sourceType>RAWRESULT</sourceType>
              <filters><stripTrailingFilter id="l1"><name>s</name><stripTrailing>3</stripTrailing></stripTrailingFilter>
                <replaceFilter id="l2"><name>r</name><searchString> </searchString></replaceFilter></filters>
            </expression></flowVariableAssignment></assignments>
          <throttleSize>0</throttleSize></step>
        """

    private static func end(_ id: String, _ response: String, _ type: String) -> String {
        """
        <returnStep id="\(id)"><name>\(type) : \(response)</name><bounds><x>9.0</x></bounds><bindings/>
          <transitions><transition id="t-\(id)"><name>return</name><responseSymbol>\(response)</responseSymbol>
            <destination><refId>\(id)</refId></destination></transition></transitions>
          <returnStepType>\(type)</returnStepType></returnStep>
        """
    }

    static let operation = """
        <operation id="o-1"><annotation/><name>Ask</name><inputs/>
          <possibleResponses>
            <opResponse id="q1"><name>success</name><isDefault>false</isDefault><type>RESOLVED</type>
              <matchRules><expression id="q2"><name>code</name><fieldName>returnCode</fieldName>
                <containsEvaluator id="q3"><text>0</text><matchType>EXACT_MATCH</matchType></containsEvaluator>
                <filters/></expression></matchRules></opResponse>
            <opResponse id="q4"><name>failure</name><isDefault>true</isDefault><type>ERROR</type>
              <matchRules/></opResponse>
          </possibleResponses>
          <plugin><groupId>g</groupId><artifactId>a</artifactId><version>1</version><actionName>n</actionName></plugin>
          <overrideGroupAlias>${group}</overrideGroupAlias></operation>
        """

    static let slang = """
        #! @description: Old text
        namespace: own
        imports:
          base: io.base
        flow:
          name: nightly
          inputs:
            - host
            - password: {default: '\(secret)', sensitive: true}
          workflow:
            - ask:
                loop:
                  for: item in list
                  do:
                    ask:
                      - command: '\(secret)'
                  break: [FAILURE]
                publish:
                  - answer: ${result}
                navigate:
                  - SUCCESS: tell
                  - FAILURE: on_failure
            - tell:
                worker_group: 'one'
                do:
                  base.tell:
                    - text: ${answer}
                navigate:
                  - SUCCESS: SUCCESS
                  - FAILURE: on_failure
            - on_failure:
                - mail:
                    do:
                      base.mail:
          outputs:
            - answer: ${answer}
          results:
            - SUCCESS
            - FAILURE
        extensions:
          graph: {steps: {ask: {x: 1, y: 2}}}

        """

    static let slangOperation = """
        namespace: own
        operation:
          name: ask
          inputs:
            - command
          python_action:
            use_jython: false
            script: |
              #!/usr/bin/env python
              return {'result': 1}
          outputs:
            - result
          results:
            - SUCCESS: ${result == '1'}
            - FAILURE

        """

    /// Compares the pack with itself after some texts of one file were replaced.
    static func difference(in path: String, _ edits: [(from: String, to: String)]) throws -> PackDifference {
        var changed = files
        var text = try #require(changed[path])
        for edit in edits {
            #expect(text.contains(edit.from))
            text = text.replacing(edit.from, with: edit.to, maxReplacements: 1)
        }
        changed[path] = text
        return try difference(files, changed)
    }

    /// Compares two packs.
    static func difference(_ old: [String: String], _ new: [String: String]) throws -> PackDifference {
        let folders = try [old, new].map { files in
            let folder = try TemporaryFolder()
            for (path, text) in files { try folder.write(text, to: path) }
            return folder
        }
        return PackComparison().compare(from: folders[0].path, to: folders[1].path)
    }
}

extension PackDifference {
    /// Every sentence of it, whatever it is about.
    var sentences: [String] { identity + changed.flatMap(\.changes) + items + files }
    var layoutSentences: [String] { changed.flatMap(\.layout) + layoutFiles }
}
