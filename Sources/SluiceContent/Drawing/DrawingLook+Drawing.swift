import SluiceDrawing

extension DrawingLook {
    /// Colour of its inside.
    var fill: String {
        switch self {
        case .step, .loop, .endBranch: "#eef2f7"
        case .gate: "#ffedc2"
        case .encoder: "#fff7e3"
        case .container: DrawingPalette.box
        case .resolved: "#dcf5e3"
        case .error, .nowhere: "#fde4e1"
        case .diagnosed: "#dfeafd"
        case .noAction: "#e9ebee"
        case .result: "#efe8fb"
        }
    }

    /// Colour of its border and picture.
    var stroke: String {
        switch self {
        case .step, .loop, .endBranch: "#4a5b70"
        case .gate, .encoder: DrawingPalette.gate
        case .container: DrawingPalette.boxLine
        case .resolved: "#17713a"
        case .error, .nowhere: "#b42318"
        case .diagnosed: "#1d56ad"
        case .noAction: "#565f6b"
        case .result: "#6140ad"
        }
    }

    /// What the legend says.
    func words(isCloudSlang: Bool) -> String {
        switch self {
        case .step: "Step"
        case .gate: "Gate step: asks whether the run may go on"
        case .encoder: "Encodes the inputs for the gate"
        case .loop: "Step that runs several times side by side"
        case .container: "Box of steps that run side by side or once per element"
        case .endBranch: "End of a branch"
        case .resolved: isCloudSlang ? "Ends: SUCCESS" : "Ends: resolved"
        case .error: isCloudSlang ? "Ends: FAILURE" : "Ends: error"
        case .diagnosed: "Ends: diagnosed"
        case .noAction: "Ends: no action taken"
        case .result: isCloudSlang ? "Ends: another result" : "Ends: type unknown"
        case .nowhere: "Leads to no step"
        }
    }

    /// Its picture in a square of 32 around 0,0; not told by colour alone.
    func draw(_ svg: inout SVGText, at point: DrawnPoint, scale: Double = 1) {
        let place = "translate(" + SVGText.point(point) + ") scale(" + SVGText.number(scale) + ")"
        let line: [SVGText.Attribute] = [
            .init("transform", place), .init("fill", "none"), .init("stroke", stroke), .init("stroke-width", "2.5"),
            .init("stroke-linecap", "round"), .init("stroke-linejoin", "round"),
        ]
        svg.element("path", line + [.init("d", path)])
        if self == .step {
            // The teeth of a wheel: eight dashes.
            svg.element(
                "circle",
                [
                    .init("transform", place), .init("r", "10.5"), .init("fill", "none"), .init("stroke", stroke),
                    .init("stroke-width", "4"), .init("stroke-dasharray", "4 4.247"),
                ])
        }
    }

    private var path: String {
        switch self {
        case .step: "M8,0A8,8 0 1 1 -8,0A8,8 0 1 1 8,0M3,0A3,3 0 1 1 -3,0A3,3 0 1 1 3,0"
        // Two posts, the plate that is let down between them, and the water.
        case .gate:
            "M-12,-14V6M12,-14V6M-12,-10H12M0,-14V-6M-7,-6H7V4H-7ZM-15,11q3.75,-4 7.5,0t7.5,0t7.5,0t7.5,0"
        case .encoder:
            "M-6,-12q-5,0 -5,5v3q0,4 -4,4q4,0 4,4v3q0,5 5,5M6,-12q5,0 5,5v3q0,4 4,4q-4,0 -4,4v3q0,5 -5,5"
                + "M-3,0h0.1M3,0h0.1"
        case .loop: "M-12,-8H8M4,-12L8,-8L4,-4M-12,0H12M8,-4L12,0L8,4M-12,8H8M4,4L8,8L4,12"
        case .container: "M-12,-9H12V9H-12ZM-4,-9V9M4,-9V9"
        case .endBranch: "M-12,-10H-6L2,0M-12,10H-6L2,0M-12,0H12M7,-5L12,0L7,5"
        case .resolved: "M-11,1L-4,9L11,-9"
        case .error: "M-9,-9L9,9M9,-9L-9,9"
        case .diagnosed: "M5,-3A8,8 0 1 1 -11,-3A8,8 0 1 1 5,-3M3,3L11,11"
        case .noAction: "M-10,0H10"
        case .result: "M-8,13V-12M-8,-11H9L5,-5L9,1H-8"
        case .nowhere: "M-5,-6A6,6 0 1 1 2,0Q0,1 0,5M0,11h0.1"
        }
    }
}
