import SluiceContent
import SluiceModel
import Testing

/// Steps of every kind, their transitions, results and places (oo-content-pack.md sections 3.1 to 3.4, 4.2 to 4.5).
@Suite struct FlowStepReaderTests {
    private static let flags = """
        <addResultToRunContext>false</addResultToRunContext><isCriticalStep>false</isCriticalStep>
        <isNonBlocking>false</isNonBlocking><isParallelStep>false</isParallelStep>
        <recordInHistory>true</recordInHistory><recordRawOutput>false</recordRawOutput>
        <recordPrimaryOutput>false</recordPrimaryOutput><checkPointStep>true</checkPointStep>
        <historyCheckPointStep>true</historyCheckPointStep><scriptResultStep>false</scriptResultStep>
        <userPrompt/><properties/><throttleSize>0</throttleSize><layer>-1</layer><hideInbound>false</hideInbound>
        """

    // MARK: Plain steps

    @Test func readsAStep() throws {
        let step = try FlowXML.step(
            """
            <step id="s-1"><annotation>f-1.s-1.description</annotation><name>Ask &amp; go</name>\(Self.flags)
            <isSingleResponse>true</isSingleResponse><bindings/>
            <transitions>\(FlowXML.transition("success", to: "s-2", name: "Yes"))</transitions>
            <opRef>
            <refId> op-1 </refId></opRef></step>
            """)
        #expect(step.id == "s-1" && step.name == "Ask & go" && step.kind == .step && step.line == 4)
        #expect(step.called == "op-1" && step.isSingleResponse && !step.hasScriptlet && step.returnType == nil)
        #expect(step.calledLine == 17)
        #expect(
            step.transitions == [FlowTransition(response: "success", name: "Yes", destination: "s-2", line: 11)])
        #expect(step.bindings.isEmpty && step.assignments.isEmpty && step.bounds == nil && step.steps.isEmpty)
    }

    @Test func leavesOutWhatAStepDoesNotSay() throws {
        let step = try FlowXML.step("<step><opRef><refId/></opRef><isSingleResponse/><transitions/></step>")
        #expect(step.id.isEmpty && step.name.isEmpty && step.called == nil && step.calledLine == nil)
        #expect(!step.isSingleResponse)
    }

    @Test func takesTheStepOfACalloutForNoStep() throws {
        let graph = try FlowXML.graph(
            FlowXML.flow(
                """
                <callouts><callout id="c-1"><text>f-1.c-1.callout</text><bounds><x>9.0</x><y>9.0</y></bounds>
                <step><refId>s-1</refId></step></callout></callouts>
                <steps><parallelMultiStep id="p"><callouts><callout id="c-2"><step id="s-9"><refId>s-2</refId>
                <name>no</name></step><bounds><x>7.0</x><y>7.0</y></bounds></callout></callouts>
                <steps><step id="s-2"><name>two</name></step></steps><name>par</name></parallelMultiStep></steps>
                """))
        #expect(graph.allSteps.map(\.id) == ["p", "s-2"] && graph.allSteps.map(\.name) == ["par", "two"])
        #expect(graph.allSteps.allSatisfy { $0.bounds == nil && $0.called == nil })
    }

    @Test(arguments: [
        ("<x>-12.5</x><y>1.0E2</y>", FlowBounds(x: -12.5, y: 100)),
        ("<x>1</x><y>2</y><width>30</width><height>4.5</height>", FlowBounds(x: 1, y: 2, width: 30, height: 4.5)),
        ("<height>-1</height><y> 2 </y>", FlowBounds(x: 0, y: 2, height: -1)),
        ("<x>NaN</x><y>inf</y>", nil), ("<x>wide</x>", nil), ("", nil),
    ])
    func readsBounds(inside: String, expected: FlowBounds?) throws {
        let lanes = "<lanes><parallelLane id=\"l\"><bounds><x>5</x></bounds></parallelLane></lanes>"
        let step = try FlowXML.step(
            "<multiInstanceStep id=\"s\">\(lanes)<bounds>\(inside)</bounds>\(lanes)</multiInstanceStep>")
        #expect(step.bounds == expected)
    }

    @Test(arguments: [
        ("<scriptlet id=\"x\"><annotation/><name/><type>RHINO</type></scriptlet>", false),
        ("<scriptlet><script/></scriptlet>", false), ("<scriptlet><script> \n </script></scriptlet>", false),
        ("<scriptlet><script>scriptletContext.put('a', 1)</script><type>NASHORN</type></scriptlet>", true),
        ("", false),
    ])
    func tellsAScriptFromAnEmptyShell(text: String, expected: Bool) throws {
        #expect(try FlowXML.step("<step id=\"s\">\(text)</step>").hasScriptlet == expected)
    }

    @Test func takesAFiltersScriptForNoScriptOfTheStep() throws {
        let step = try FlowXML.step(
            """
            <step id="s"><assignments><flowVariableAssignment><contextKey>v</contextKey><expression><filters>
            <scriptletFilter><scriptlet><script>x</script></scriptlet></scriptletFilter></filters></expression>
            </flowVariableAssignment></assignments></step>
            """)
        #expect(!step.hasScriptlet && step.assignments.first?.expression.filters == ["scriptletFilter"])
    }

    @Test func keepsAScriptOfAnyLengthOut() throws {
        let script = String(repeating: "x = 1;\n", count: 40_000)
        #expect(
            try FlowXML.step("<step id=\"s\"><scriptlet><script>\(script)</script></scriptlet></step>").hasScriptlet)
    }

    // MARK: Results

    @Test func readsAssignments() throws {
        let step = try FlowXML.step(
            """
            <step id="s"><assignments>
            <flowVariableAssignment id="a-1"><annotation/><name>label</name><action>APPEND</action>
            <assignmentTargetType>FLOW_VARIABLE</assignmentTargetType><contextKey> kept </contextKey>
            <expression id="e-1"><annotation/><name>field</name><fieldName>returnResult</fieldName>
            <sourceType>RAWRESULT</sourceType><filters><stripWhitespaceFilter id="x"><name>w</name>
            </stripWhitespaceFilter><regexFilter id="y"><annotation/><name>r</name><expression>(a|b)+</expression>
            <ignoreCase>false</ignoreCase></regexFilter><concat id="z"><text>t</text></concat></filters></expression>
            </flowVariableAssignment>
            <flowVariableAssignment id="a-2"><encrypted>true</encrypted><contextKey>out</contextKey>
            <assignmentTargetType>FLOW_OUTPUT_FIELD</assignmentTargetType><action>OVERWRITE</action>
            <expression id="e-2"><filters><regexFilter><expression>z</expression></regexFilter></filters>
            <sourceType>INPUT</sourceType><fieldName>host</fieldName><name>n</name></expression>
            </flowVariableAssignment></assignments></step>
            """)
        let kept = FlowExpression(
            name: "field", field: "returnResult", source: "RAWRESULT",
            filters: ["stripWhitespaceFilter", "regexFilter", "concat"])
        let out = FlowExpression(name: "n", field: "host", source: "INPUT", filters: ["regexFilter"])
        #expect(
            step.assignments == [
                FlowAssignment(target: "kept", isOutput: false, appends: true, expression: kept),
                FlowAssignment(target: "out", isOutput: true, isEncrypted: true, expression: out),
            ])
    }

    @Test func makesNoOutputOfAnExpressionInsideAFilter() throws {
        let graph = try FlowXML.graph(
            FlowXML.steps(
                """
                <step id="s"><assignments><flowVariableAssignment><contextKey>v</contextKey><expression>
                <fieldName>f</fieldName><filters><regexFilter><expression>^a</expression></regexFilter></filters>
                </expression></flowVariableAssignment></assignments></step>
                """))
        #expect(graph.outputs.isEmpty)
        #expect(graph.steps.first?.assignments.first?.expression.field == "f")
    }

    // MARK: Return steps

    @Test func readsAReturnStepWithTheSameTransitionTwice() throws {
        let way = FlowXML.transition("failure", to: "r-1", name: "return")
        let step = try FlowXML.step(
            """
            <returnStep id="r-1"><name>Error : failure</name>\(Self.flags)<bindings/>
            <transitions>\(way)\(way)</transitions><returnStepType> ERROR </returnStepType></returnStep>
            """)
        #expect(step.kind == .returnStep && step.returnType == "ERROR" && step.called == nil)
        #expect(step.transitions.map(\.response) == ["failure", "failure"])
        #expect(step.transitions.map(\.destination) == ["r-1", "r-1"])
    }

    // MARK: Containers

    @Test func readsAParallelContainer() throws {
        let graph = try FlowXML.graph(
            FlowXML.steps(
                """
                <parallelMultiStep id="p"><annotation/>\(Self.flags)<doneResponse><refId>e</refId></doneResponse>
                <lanes><parallelLane id="l"><name>Lane</name><parallelSteps><refId>a</refId><refId>a2</refId>
                </parallelSteps><parallelStartStep><refId>a</refId></parallelStartStep></parallelLane></lanes>
                <bindings><staticBinding id="x"><inputSymbol>in</inputSymbol></staticBinding></bindings>
                <steps>
                <step id="a"><name>A</name><bindings><staticBinding id="y"><inputSymbol>inner</inputSymbol>
                </staticBinding></bindings><transitions>\(FlowXML.transition("success", to: "a2"))</transitions>
                <opRef><refId>op-a</refId></opRef></step>
                <step id="a2"><transitions>\(FlowXML.transition("success", to: "e"))</transitions></step>
                <step id="b"><transitions>\(FlowXML.transition("success", to: "e"))</transitions></step>
                <endBranchStep id="e"><name>End</name>
                <transitions>\(FlowXML.transition("success", to: "e"))</transitions></endBranchStep></steps>
                <startSteps><refId> a </refId><refId>b</refId><refId/></startSteps><name>Both</name>
                <transitions>\(FlowXML.transition("done", to: "s-2"))</transitions></parallelMultiStep>
                <step id="s-2"><name>After</name></step>
                """))
        #expect(graph.steps.map(\.id) == ["p", "s-2"] && graph.steps.map(\.name) == ["Both", "After"])
        let container = graph.steps[0]
        #expect(container.kind == .parallelMultiStep && container.startSteps == ["a", "b"])
        #expect(container.bindings.map(\.name) == ["in"] && container.transitions.map(\.response) == ["done"])
        #expect(container.steps.map(\.id) == ["a", "a2", "b", "e"])
        #expect(container.steps.map(\.kind) == [.step, .step, .step, .endBranchStep])
        #expect(container.steps[0].bindings.map(\.name) == ["inner"] && container.steps[0].called == "op-a")
        #expect(graph.allSteps.map(\.id) == ["p", "a", "a2", "b", "e", "s-2"] && graph.startStep == nil)
        #expect(container.called == nil)
    }

    @Test func readsAMultiInstanceContainerInsideAnother() throws {
        let step = try FlowXML.step(
            """
            <parallelMultiStep id="p"><steps><multiInstanceStep id="m"><name>Each</name>
            <isParallelStep>true</isParallelStep><isSingleResponse>true</isSingleResponse>
            <throttleSize>50</throttleSize><startSteps><refId>i</refId></startSteps>
            <assignments><flowVariableAssignment><contextKey>all</contextKey></flowVariableAssignment></assignments>
            <steps><step id="i"><name>Inner</name></step></steps>
            <bindings><userInputBinding><inputSymbol>path</inputSymbol><isList>true</isList></userInputBinding>
            </bindings></multiInstanceStep></steps><startSteps><refId>m</refId><refId>n</refId></startSteps>
            <name>Outer</name></parallelMultiStep>
            """)
        let inner = try #require(step.steps.first)
        #expect(step.name == "Outer" && step.startSteps == ["m", "n"] && step.assignments.isEmpty)
        #expect(inner.kind == .multiInstanceStep && inner.name == "Each" && inner.isSingleResponse)
        #expect(inner.startSteps == ["i"] && inner.steps.map(\.name) == ["Inner"])
        #expect(inner.bindings.map(\.name) == ["path"] && inner.assignments.map(\.target) == ["all"])
    }
}
