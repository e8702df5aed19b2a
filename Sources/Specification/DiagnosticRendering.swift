extension Diagnostics {
    /// The diagnostics as a person reads them in a terminal, each as
    ///
    ///     blur.json:7:40: error: step 2 (convolve): stride is 0; allowed are 1...64
    ///         { "op": "convolve", "kernel": "blur", "stride": 0 },
    ///                                                         ^
    ///       hint: …
    ///
    /// - `color`: with the escape sequences that make a terminal show bold and red.
    public func render(color: Bool = false) -> String {
        var text = all.map { render($0, color: color) }.joined()
        if omittedCount > 0 { text += "\(printable(source.file)): only the first \(Self.limit) are shown\n" }
        return text
    }

    private func render(_ diagnostic: Diagnostic, color: Bool) -> String {
        let paint = Paint(isOn: color)
        let position = source.position(at: diagnostic.range.lowerBound)
        let severity = diagnostic.severity == .error ? paint.red("error:") : paint.magenta("warning:")
        let place = paint.bold("\(printable(source.file)):\(position.line):\(position.column):")
        var text = "\(place) \(severity) \(paint.bold(diagnostic.text))\n"
        if let excerpt = SourceExcerpt(of: source, range: diagnostic.range) {
            text += "    \(excerpt.line)\n    \(excerpt.indent)\(paint.green(excerpt.marks))\n"
        }
        if let hint = diagnostic.hint { text += "  \(paint.cyan("hint:")) \(hint)\n" }
        return text
    }
}

/// Wraps words in the escape sequences of a terminal, or leaves them as they are.
private struct Paint {
    let isOn: Bool

    func bold(_ text: String) -> String { wrap(text, "1") }
    func red(_ text: String) -> String { wrap(text, "1;31") }
    func green(_ text: String) -> String { wrap(text, "1;32") }
    func magenta(_ text: String) -> String { wrap(text, "1;35") }
    func cyan(_ text: String) -> String { wrap(text, "36") }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
