import Foundation
import Testing

/// A pipeline that is wrong, and what has to be told about it: the cases of `broken-pipelines.txt`.
struct BrokenPipeline: CustomTestStringConvertible {
    struct Fault: Hashable, CustomStringConvertible {
        var line: Int
        var column: Int
        var rule: String
        var description: String { "\(line):\(column) \(rule)" }
    }

    /// The line of the table that the case begins in.
    var number: Int
    var text: String
    var faults: [Fault]
    /// For each fault, what its hint has to contain.
    var hints: [String]

    var testDescription: String {
        "broken-pipelines.txt:\(number) \(faults.map(\.description).joined(separator: ", "))"
    }

    static let all: [BrokenPipeline] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "broken-pipelines.txt")
        let lines = try! String(contentsOf: path, encoding: .utf8).components(separatedBy: "\n")
        let start = lines.firstIndex { $0.hasPrefix("## ") }!
        var cases: [BrokenPipeline] = []
        var heads: [[String]] = []
        var body: [String] = []
        var number = start + 1
        for (index, line) in lines.enumerated().dropFirst(start) {
            if line.hasPrefix("## ") {
                heads.append(line.dropFirst(3).components(separatedBy: " | "))
            } else if line.isEmpty, !body.isEmpty {
                cases.append(BrokenPipeline(number, heads, body.joined(separator: "\n")))
                (heads, body, number) = ([], [], index + 2)
            } else {
                body.append(line)
            }
        }
        return cases
    }()

    private init(_ number: Int, _ heads: [[String]], _ body: String) {
        self.number = number
        let before = "{ \"version\": 1, \"steps\": [\n{ \"op\": \"decode\" },\n"
        let marked =
            switch heads[0][2].hasSuffix("!") ? String(heads[0][2].dropLast()) : heads[0][2] {
            case "document": body
            case "steps": before + body + (body.hasSuffix("»] }") ? "" : "\n] }")
            default: before + body + ",\n{ \"op\": \"encode\" }\n] }"
            }
        var text = ""
        var places: [(line: Int, column: Int)] = []
        var (line, column) = (1, 1)
        for scalar in marked.unicodeScalars {
            if scalar == "»" {
                places.append((line, column))
                continue
            }
            text.unicodeScalars.append(scalar)
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        self.text = text
        faults = zip(places, heads).map { Fault(line: $0.line, column: $0.column, rule: $1[0]) }
        hints = heads.map { $0[1] }
        precondition(places.count == heads.count, "line \(number): as many marks as faults")
    }
}
