@testable import Pipelines
import Specification
import Testing

@Suite("Everything that is wrong with a pipeline is told at its place, with a rule and a hint")
struct BrokenPipelinesTests {
    @Test func thereAreAHundredCases() {
        #expect(BrokenPipeline.all.count >= 100)
    }

    @Test(arguments: BrokenPipeline.all)
    func isTold(_ broken: BrokenPipeline) {
        let diagnostics = read(SourceText(file: "broken.json", text: broken.text))
        let found = diagnostics.all.filter { $0.severity == .error }.map { diagnostic in
            let place = diagnostics.source.position(at: diagnostic.range.lowerBound)
            return BrokenPipeline.Fault(line: place.line, column: place.column, rule: diagnostic.rule)
        }
        #expect(found == broken.faults, "\(broken.text)\n\(diagnostics.render())")
        for (diagnostic, hint) in zip(diagnostics.all.filter { $0.severity == .error }, broken.hints) {
            #expect(diagnostic.hint?.contains(hint) == true, "\(diagnostic.hint ?? "no hint")")
        }
    }

    /// Damaged at every place, a pipeline is refused or read; what is told has a hint, and a place inside the document.
    @Test func whateverIsToldHasAHint() {
        let text =
            #"{"version":1,"steps":[{"op":"decode"},{"op":"split","as":["r","g","b"]},{"op":"merge","from":["r","g","b"]},{"op":"convolve","kernel":{"unsharp":{"sigma":1}},"stride":2},{"op":"encode"}]}"#
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            var shorter = bytes
            shorter.remove(at: index)
            for damaged in [shorter, Array(bytes[..<index]), bytes[..<index] + [0x7D] + bytes[index...]] {
                let diagnostics = read(SourceText(file: "damaged.json", bytes: damaged))
                for diagnostic in diagnostics.all where diagnostic.severity == .error {
                    #expect(
                        diagnostic.hint?.isEmpty == false, "\(String(decoding: damaged, as: UTF8.self))\n\(diagnostic)")
                    #expect(diagnostic.range.upperBound <= damaged.count)
                }
            }
        }
    }

    @Test func aNameThatNobodySaysIsAWarning() {
        let text = #"{"version":1,"steps":[{"op":"decode"},{"op":"gray","as":"g"},{"op":"encode","file":"one.png"}]}"#
        let diagnostics = read(SourceText(file: "names.json", text: text))
        #expect(!diagnostics.hasErrors)
        #expect(diagnostics.all.map(\.rule) == ["unused-name", "one-name-for-all", "name-ending"])
        #expect(diagnostics.all.allSatisfy { $0.hint != nil })
    }

    /// The format never comes from the name, which people expect it to.
    @Test(arguments: [
        (#""file": "{stem}.png""#, "its format is that of the picture"), (#""file": "{stem}.web""#, ".{ext}"),
        (#""format": "png", "file": "{stem}.jpg""#, "its format is png"), (#""file": "{stem}-web""#, ".{ext}"),
        (#""format": "png", "file": "{stem}.PNG""#, nil), (#""format": "jpeg", "file": "{stem}.web.jpeg""#, nil),
        (#""file": "a.b/{stem}.{ext}""#, nil), (#""file": "a.b/{stem}""#, ".{ext}"),
    ])
    func aNameThatSaysAnotherFormatIsAWarning(_ keys: String, _ expected: String?) {
        let text = #"{"version":1,"steps":[{"op":"decode"},{"op":"encode",\#(keys)}]}"#
        let found = read(SourceText(file: "names.json", text: text)).all
        #expect(found.map(\.rule) == (expected == nil ? [] : ["name-ending"]))
        if let expected { #expect("\(found[0].message) \(found[0].hint ?? "")".contains(expected)) }
    }

    /// Neither the samples are turned nor does the file say that they have to be.
    @Test(arguments: [
        (#""orient":false"#, #""metadata":"strip""#, true), (#""orient":false"#, #""metadata":["text","exif"]"#, true),
        (#""orient":false"#, #""metadata":["gps","thumbnail","xmp"]"#, false), (#""orient":false"#, "", false),
        (#""orient":true"#, #""metadata":"strip""#, false), ("", #""metadata":["exif"]"#, false),
    ])
    func losingTheOrientationIsAWarning(_ decode: String, _ encode: String, _ isLost: Bool) throws {
        func object(_ op: String, _ keys: String) -> String { #"{"op":"\#(op)"\#(keys.isEmpty ? "" : ",")\#(keys)}"# }
        for between in ["", #"{"op":"gray"},{"op":"resize","width":64},"#] {
            let text =
                #"{"version":1,"steps":["# + object("decode", decode) + "," + between
                + object("encode", encode) + "]}"
            let found = read(SourceText(file: "turned.json", text: text)).all
            #expect(found.map(\.rule) == (isLost ? ["lost-orientation"] : []), "\(text)")
            if isLost {
                let warning = try #require(found.first)
                #expect(warning.severity == .warning && warning.pointer.hasSuffix("/metadata"))
            }
        }
        // One warning for each output that has it, and none for the one beside it.
        let two =
            #"{"version":1,"steps":["# + object("decode", decode) + #",{"op":"encode","file":"a/{stem}.{ext}"},"#
            + object("encode", encode) + "]}"
        let found = read(SourceText(file: "two.json", text: two)).all
        #expect(found.map(\.pointer) == (isLost ? ["/steps/2/metadata"] : []))
    }

    @Test func wordsOfOtherProgramsLeadToStepsThatAreRight() {
        let words = FamiliarWords.examples.flatMap(\.words)
        #expect(Set(words).count == words.count)
        for (words, step) in FamiliarWords.examples {
            for word in words { #expect(FamiliarWords.step(for: word) == step, "\(word) is known by itself") }
            let isEncode = step.contains("encode"), isDecode = step.contains("decode")
            let text =
                #"{"version":1,"steps":[\#(isDecode ? "" : #"{"op":"decode"},"#)"#
                + step.replacing(#""a", "b""#, with: #""r", "r""#)
                .replacing("{ \"op\": \"combine", with: #"{"op":"channel","channel":"red","as":"r"},{ "op": "combine"#)
                + (step.contains("split") ? #",{"op":"merge","from":["r","g","b"]}"# : "")
                + (isEncode ? "" : #",{"op":"encode"}"#) + "]}"
            let errors = read(SourceText(file: "word.json", text: text)).all.filter { $0.severity == .error }
            // There is no such card.
            #expect(
                errors.allSatisfy { $0.rule.hasPrefix("missing-model") || $0.message.contains("card.json") },
                "\(step) \(errors)")
        }
    }

    @Test(arguments: [
        ("too-deep", "[", 100_000), ("too-large", " ", JSONReader.sizeLimit + 1), ("invalid-utf8", "\"", 1),
        ("trailing-content", "[]", 100_000),
    ])
    func whatIsMadeToHarmIsRefused(_ rule: String, _ text: String, _ count: Int) {
        let tail: [UInt8] = rule == "invalid-utf8" ? [0xFF] : []
        let bytes = Array(repeatElement(text.utf8, count: count).joined()) + tail
        let diagnostics = read(SourceText(file: "harm.json", bytes: bytes))
        #expect(diagnostics.all.map(\.rule).contains(rule))
        #expect(diagnostics.all.count <= Diagnostics.limit)
        #expect(diagnostics.all.allSatisfy { $0.hint != nil })
    }

    private func read(_ source: SourceText) -> Diagnostics {
        var diagnostics = Diagnostics(source: source)
        _ = PipelineReader.read(source, into: &diagnostics)
        return diagnostics
    }
}
