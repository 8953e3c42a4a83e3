/// Colours of a picture: texts have a contrast of at least 4.5 to what is behind them (WCAG 2.1, 1.4.3).
package enum DrawingPalette {
    package static let background = "#ffffff"
    package static let text = "#1f2933"
    package static let quietText = "#52606d"
    package static let line = "#64748b"
    package static let gate = "#b45309"
    package static let gateText = "#8a3d06"
    package static let putIn = "#fffaf0"
    package static let box = "#f8fafc"
    package static let boxLine = "#7b8794"
    package static let font = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
}
