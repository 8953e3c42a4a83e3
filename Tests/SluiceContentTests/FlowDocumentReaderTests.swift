import SluiceContent
import SluiceModel
import Testing

/// The parts of a flow or operation besides its steps.
@Suite struct FlowDocumentReaderTests {
    // MARK: Head

    @Test func readsTheHead() throws {
        let graph = try FlowXML.graph(FlowXML.flow("<categories/><startSteps>\n s-1 </startSteps><steps/>"))
        #expect(graph.id == "f-1" && graph.name == "Own" && graph.kind == .flow && graph.line == 2)
        #expect(graph.path == "Content/Library/Own.xml")
        #expect(graph.startStep == "s-1" && graph.startStepLine == 3)
        #expect(graph.steps.isEmpty && graph.softCopyOf == nil && graph.plugin == nil)
    }

    @Test(arguments: ["<steps/>", "<steps/><startSteps/>", "<steps/><startSteps> </startSteps>"])
    func hasNoStartStepWhenNoneIsNamed(inside: String) throws {
        #expect(try FlowXML.graph(FlowXML.flow(inside)).startStep == nil)
    }

    @Test func resolvesEntitiesOfTheIDAndTheName() throws {
        let graph = try FlowXML.graph(
            "<flow id=\"a&amp;b&#x3c;&#13;\"><name>R&amp;D &lt;1&gt; <![CDATA[& more]]></name></flow>")
        #expect(graph.id == "a&b<\r" && graph.name == "R&D <1> & more")
    }

    @Test func readsChildrenInAnyOrder() throws {
        let parts = [
            "<name>Own</name>", "<startSteps>s-1</startSteps>",
            "<inputs><staticBinding><inputSymbol>a</inputSymbol></staticBinding></inputs>",
            "<possibleResponses><opResponse><name>done</name></opResponse></possibleResponses>",
            "<steps><step id=\"s-1\"><name>One</name><opRef><refId>op</refId></opRef></step></steps>",
            "<availableResultExpressions><expression><name>out</name></expression></availableResultExpressions>",
        ]
        let expected = try FlowXML.graph("<flow id=\"f\">\(parts.joined())</flow>")
        #expect(expected.inputs.count == 1 && expected.steps.first?.called == "op" && expected.outputs.count == 1)
        for turn in 1..<parts.count {
            let turned = (parts[turn...] + parts[..<turn]).joined()
            #expect(try FlowXML.graph("<flow id=\"f\">\(turned)</flow>") == expected)
            #expect(try FlowXML.graph("<flow id=\"f\">\(parts.reversed().joined())</flow>") == expected)
        }
    }

    @Test func readsConfigurationItemsAsNoGraph() {
        let result = FlowXML.read("<systemProperty id=\"p\"><name>p</name><value>v</value></systemProperty>")
        #expect(result.document == nil && result.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("<root version=\"14\"/>", "pack-oo9-document"), ("<flow><name>n</name></flow>", "pack-no-id"),
        ("<flow id=\"\"/>", "pack-no-id"), ("<flow id=\"f\"><name>n</flow>", "xml-not-well-formed"), ("", "xml-empty"),
    ])
    func saysWhatCannotBeRead(text: String, code: String) {
        let result = FlowXML.read(text)
        #expect(result.document == nil && result.diagnostics.map(\.code) == [code])
        #expect(result.diagnostics.first?.line == 1 && result.diagnostics.first?.file == "own")
    }

    // MARK: Responses and outputs

    @Test func readsResponsesAndNotWhatTheirRulesSay() throws {
        let graph = try FlowXML.graph(
            FlowXML.flow(
                """
                <possibleResponses>
                <opResponse id="r-1"><annotation/><name>success</name><isDefault>true</isDefault>
                <onFailure>false</onFailure><type>RESOLVED</type><matchRules><expression id="e-1"><annotation/>
                <name>rule</name><fieldName>returnCode</fieldName><sourceType>RAWRESULT</sourceType><filters>
                <regexFilter id="x"><name>inner</name><expression>^0$</expression></regexFilter></filters>
                <containsEvaluator id="c-1"><annotation/><name>evaluator</name><text>0</text>
                <ignoreCase>true</ignoreCase><matchType>EXACT_MATCH</matchType></containsEvaluator>
                </expression></matchRules></opResponse>
                <opResponse id="r-2"><type> ERROR </type><name>
                failure</name></opResponse><opResponse id="r-3"/></possibleResponses>
                """))
        #expect(
            graph.responses == [
                FlowResponse(name: "success", type: "RESOLVED", isDefault: true, line: 4),
                FlowResponse(name: "failure", type: "ERROR", line: 11), FlowResponse(name: "", type: "", line: 12),
            ])
        #expect(graph.outputs.isEmpty)
    }

    @Test func readsOutputsWithTheirFilters() throws {
        let graph = try FlowXML.graph(
            FlowXML.flow(
                """
                <availableResultExpressions><expression id="e-1"><name>node</name><fieldName>json</fieldName>
                <filters><regexFilter id="x-1"><expression>a+</expression></regexFilter>
                <stripTrailingFilter id="x-2"><name>s</name><strip>9</strip></stripTrailingFilter></filters>
                <sourceType>AVAILABLE_RESULT</sourceType></expression>
                <expression id="e-2"><name>raw</name><fieldName/><sourceType>INPUT</sourceType></expression>
                </availableResultExpressions>
                <resultExpression id="e-3"><name>primary</name><fieldName>x</fieldName></resultExpression>
                """))
        #expect(
            graph.outputs == [
                FlowExpression(
                    name: "node", field: "json", source: "AVAILABLE_RESULT",
                    filters: ["regexFilter", "stripTrailingFilter"]),
                FlowExpression(name: "raw", field: "", source: "INPUT"),
            ])
    }

    // MARK: Operations

    @Test func readsASoftCopy() throws {
        let graph = try FlowXML.graph(
            FlowXML.operation(
                """
                <inputs><staticBinding id="b"><inputSymbol>host</inputSymbol></staticBinding></inputs>
                <opRef><refId> 632830d9-own </refId></opRef><fieldValues><entry><key>k</key><string>v</string></entry>
                </fieldValues><scriptlet id="s"><name/><type>RHINO</type></scriptlet>
                <groupAliasRef><refId>alias-1</refId><refName>RAS_Operator_Path</refName></groupAliasRef>
                <overrideGroupAlias>${overrideNRAS}</overrideGroupAlias>
                """))
        #expect(graph.kind == .operation && graph.softCopyOf == "632830d9-own" && graph.plugin == nil)
        #expect(graph.inputs.map(\.name) == ["host"] && graph.steps.isEmpty)
        #expect(graph.groupAlias == "RAS_Operator_Path")
    }

    @Test(arguments: [
        ("<refName>Workers</refName><refId>alias-1</refId>", "Workers"), ("<refId>alias-1</refId>", "alias-1"),
        ("<refId>alias-1</refId><refName/>", "alias-1"), ("<refId/>", nil), ("", nil),
    ])
    func takesTheGroupAliasByNameWhereItHasOne(inside: String, expected: String?) throws {
        let text = FlowXML.operation("<groupAliasRef>\(inside)</groupAliasRef><opRef><refId>op</refId></opRef>")
        let graph = try FlowXML.graph(text)
        #expect(graph.groupAlias == expected && graph.softCopyOf == "op")
    }

    @Test func readsAPlugin() throws {
        let graph = try FlowXML.graph(
            FlowXML.operation(
                """
                <plugin><groupId>com.acme</groupId><artifactId> tool </artifactId><version>1.2</version>
                <actionName>Do It</actionName></plugin><opRef/>
                """))
        #expect(
            graph.plugin
                == FlowPlugin(groupID: "com.acme", artifactID: "tool", version: "1.2", actionName: "Do It"))
        #expect(graph.softCopyOf == nil)
    }

    // MARK: Unknown elements

    @Test func namesEachUnknownElementOnceWithItsFirstLine() throws {
        let result = FlowXML.read(
            FlowXML.flow(
                """
                <future/><inputs><staticBinding><inputSymbol>a</inputSymbol><newer><deep>x</deep></newer>
                </staticBinding></inputs>
                <steps><step id="s-1"><future/></step></steps>
                <future/>
                """))
        let note = try #require(result.diagnostics.first)
        #expect(result.diagnostics.count == 1 && result.document?.inputs.map(\.name) == ["a"])
        #expect(note.severity == .note && note.code == "pack-unknown-element" && note.line == 3)
        #expect(note.message.hasSuffix(": <future>, <newer>, <deep>"))
    }

    @Test func namesNoMoreThanTwentyUnknownElements() throws {
        let result = FlowXML.read(FlowXML.flow((0..<50).map { "<u\($0)/>" }.joined()))
        let message = try #require(result.diagnostics.first?.message)
        #expect(message.contains("<u19>") && !message.contains("<u20>"))
    }

    @Test func takesWhatTheSchemaHasForKnown() throws {
        // Elements of OO's own schema that the graph does not need.
        let graph = try FlowXML.graph(
            FlowXML.flow(
                """
                <steps><step id="s"><viewAttributes>x</viewAttributes><resultContextKey>k</resultContextKey>
                <properties><entry><key>Prompt Title</key><modelValue id="m"><doubleValue>0.0</doubleValue>
                <stringValue>t</stringValue><encrypted>false</encrypted><type>STRING</type></modelValue></entry>
                </properties></step></steps>
                <possibleResponses><opResponse><matchRules><expression><compare><matchType>=</matchType></compare>
                <regexEvaluator><expression>a</expression><regType>JAVA</regType><multiLine>true</multiLine>
                <entireString>true</entireString></regexEvaluator><referenceEvaluator><evaluatorRef><refId>r</refId>
                </evaluatorRef><modifiedTimestamp>1</modifiedTimestamp></referenceEvaluator><scriptletEvaluator>
                <scriptlet><name/></scriptlet></scriptletEvaluator></expression></matchRules></opResponse>
                </possibleResponses>
                """))
        #expect(graph.steps.map(\.id) == ["s"] && graph.responses.count == 1 && graph.outputs.isEmpty)
    }
}
