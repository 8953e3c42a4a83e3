/// Small documents of our own, in the shape that real packs have.
enum Documents {
    static let properties = "content.pack.name=Own Pack\ncontent.pack.version=1.2.3\ncontent.pack.publisher=Us\n"

    /// A flow whose first of two steps calls `called`.
    static func flow(
        id: String, name: String = "Own Flow", calls called: String = "aaaa", inside extra: String = ""
    )
        -> String
    {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <flow id="\(id)">
          <annotation>\(id).description</annotation><name>\(name)</name>
          <inputs>
            <userInputBinding id="b1"><inputSymbol>host</inputSymbol><inputType>STRING</inputType>
              <required>true</required></userInputBinding>
          </inputs>
          <possibleResponses><opResponse id="r1"><name>success</name><type>RESOLVED</type></opResponse>
          </possibleResponses>
          <startSteps>s1</startSteps>
          <callouts><callout id="c"><step><refId>s1</refId></step></callout></callouts>
          <steps>
            <step id="s2"><opRef><refId>bbbb</refId></opRef><transitions/></step>
            <step id="s1"><opRef><refId>\(called)</refId></opRef>
              <transitions><transition><name>t</name><destination><refId>s2</refId></destination></transition>
              </transitions>
              <assignments><flowVariableAssignment><name>v</name></flowVariableAssignment></assignments></step>
            <returnStep id="s3"><transitions><transition/></transitions></returnStep>
          </steps>\(extra)
        </flow>
        """
    }

    /// A schedule with one job and the given triggers.
    static func schedule(_ triggers: String = "", job: String = "<name>a</name><job-class>x.Y</job-class>") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <job-scheduling-data xmlns="http://www.quartz-scheduler.org/xml/JobSchedulingData" version="2.0">
          <schedule><job>\(job)</job>\(triggers)</schedule>
        </job-scheduling-data>
        """
    }

    static func cron(
        _ name: String = "t", _ inside: String = "<cron-expression>0 0 3 * * ?</cron-expression>"
    ) -> String {
        "<trigger><cron><name>\(name)</name><job-name>a</job-name>\(inside)</cron></trigger>"
    }
}
