import Inference
import Operations
import Specification
import SystemPackage

/// Compares what a network gives for a card's golden input with what the card expects, and looks for the cause where
/// they differ.
struct GoldenCheck {
    let network: PictureNetwork
    let golden: ModelCard.Golden
    private let input: GoldenInput
    /// The elements that outputs have to have.
    private let expected: [(output: String, values: [Double])]

    /// What is wrong, at a key of `golden`.
    struct Fault: Error {
        let key: String
        let rule: String
        let message: String
        let hint: String?
    }

    /// Preparing a picture in this many seconds' worth of other ways is tried before the search for the cause is given up.
    private static let patience = Duration.seconds(10)

    /// - `folder`: of the card.
    init(_ network: PictureNetwork, _ golden: ModelCard.Golden, folder: PathBytes) throws(Fault) {
        self.network = network
        self.golden = golden
        do {
            input = try GoldenInput(
                folder.appending(golden.input), shape: network.packing.shape(network.size))
        } catch {
            throw Fault(key: "input", rule: "wrong-golden", message: error.text, hint: nil)
        }
        var expected: [(output: String, values: [Double])] = []
        for (name, file) in golden.outputs {
            let output = name ?? network.outputName
            guard network.network.outputs.contains(where: { $0.name == output }) else {
                let known = network.network.outputs.map(\.name)
                throw Fault(
                    key: "output", rule: "unknown-output", message: "the model has no output \(quoted(output))",
                    hint: nearest(output, in: known).map { "did you mean \(quoted($0))?" }
                        ?? "it has \(known.map { quoted($0) }.joined(separator: ", "))")
            }
            do {
                expected.append((output, try NumpyFile.read(FilePath(folder.appending(file))).doubles))
            } catch {
                throw Fault(key: "output", rule: "wrong-golden", message: "\(error)", hint: nil)
            }
        }
        self.expected = expected
        if let label = golden.label, !network.classes.names.contains(label) {
            throw Fault(
                key: "label", rule: "unknown-label", message: "\(quoted(label)) is none of the labels",
                hint: nearest(label, in: network.classes.names).map { "did you mean \(quoted($0))?" })
        }
    }

    /// Libraries resize pictures in different ways; an array as input leaves no room for that.
    private var tolerance: Double {
        if let tolerance = golden.tolerance { return tolerance }
        if case .elements = input { return 0.002 }
        return 0.05
    }

    func run() throws(Fault) {
        let given = Variant(input: network.card.input, activation: network.card.output.activation)
        let output = try output(given)
        guard let found = try difference(output, given) else { return }
        guard case .picture(let picture) = input else {
            throw Fault(
                key: "output", rule: "golden-differs", message: found.text,
                hint: "the input is given as it is, so the model, its output or the expected array is another one")
        }
        let clock = ContinuousClock()
        let end = clock.now + Self.patience
        var nearest: (Variant, Difference)?
        var matches: [String] = []
        var fewest = Int.max
        var outputs: [Variant.Preparation: [String: Tensor]] = [:]
        for (changes, variant) in given.others(channels: network.packing.channelCount) {
            if clock.now > end || changes > fewest { break }
            let output: [String: Tensor]
            if let known = outputs[variant.preparation] {
                output = known
            } else {
                guard let computed = try? self.output(variant, picture) else { continue }
                outputs[variant.preparation] = computed
                output = computed
            }
            guard let other = try difference(output, variant) else {
                fewest = changes
                matches.append(variant.changes(from: given))
                continue
            }
            if other.amount < nearest?.1.amount ?? found.amount { nearest = (variant, other) }
        }
        if !matches.isEmpty {
            throw Fault(
                key: expected.isEmpty ? "label" : "output", rule: "golden-differs",
                message: "\(found.text); it matches with \(matches.joined(separator: ", or with "))",
                hint: "correct the card, unless the golden pair was made in another way than the model's training")
        }
        let hint = nearest.map { "nearest, but no match, is \($0.changes(from: given)): \($1.text)" }
        throw Fault(
            key: expected.isEmpty ? "label" : "output", rule: "golden-differs",
            message: "\(found.text); no other order of channels, scale, mean, std or fit matches",
            hint: hint ?? "the model or the expected result may be another one")
    }

    // MARK: Results

    private func output(_ variant: Variant) throws(Fault) -> [String: Tensor] {
        do {
            switch input {
            case .elements(let elements): return try network.run(elements)
            case .picture(let picture): return try output(variant, picture)
            }
        } catch {
            throw Fault(
                key: "input", rule: "wrong-golden", message: "the network cannot be run on it: \(error)", hint: nil)
        }
    }

    private func output(_ variant: Variant, _ picture: GoldenPicture) throws -> [String: Tensor] {
        let packing = InputPacking(
            variant.input.channels ?? network.packing.channels, network.packing.layout, network.packing.element,
            scale: variant.input.scale, mean: variant.input.mean, std: variant.input.std)
        return try network.run(try picture.elements(network, variant.input, packing))
    }

    private struct Difference {
        let text: String
        let amount: Double
    }

    /// What is furthest from the expected result; nil where all is as expected.
    private func difference(_ outputs: [String: Tensor], _ variant: Variant) throws(Fault) -> Difference? {
        var worst: Difference?
        for (name, values) in expected {
            let found = outputs[name]?.doubles ?? []
            let which = expected.count == 1 ? "output" : "output \(quoted(name))"
            guard values.count == found.count else {
                throw Fault(
                    key: "output", rule: "wrong-golden",
                    message: "the array has \(values.count) elements, the network's \(which) \(found.count)", hint: nil)
            }
            let largest = values.reduce(1e-30) { max($0, abs($1)) }
            var difference = zip(found, values).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
            // Not a number is as far off as can be.
            if found.contains(where: \.isNaN) != values.contains(where: \.isNaN) { difference = .infinity }
            guard difference > tolerance, difference > worst?.amount ?? 0 else { continue }
            worst = Difference(
                text: "the \(which) differs from the expected one by \(short(difference)) of its largest magnitude; "
                    + "allowed is \(short(tolerance))",
                amount: difference.isFinite ? difference : .greatestFiniteMagnitude)
        }
        if let worst { return worst }
        return golden.label == nil ? nil : try labelDifference(network.result(of: outputs), variant)
    }

    private func labelDifference(_ output: [Double], _ variant: Variant) throws(Fault) -> Difference? {
        guard let label = golden.label else { return nil }
        let scores: Scores
        do { scores = try Scores(output, variant.activation) } catch {
            return Difference(text: error.message, amount: .greatestFiniteMagnitude)
        }
        let best = scores.best(1)[0]
        let found = network.classes.name(of: best.classIndex)
        let index = network.classes.names.firstIndex(of: label) ?? 0
        let score = scores.values[index]
        if found != label {
            return Difference(
                text: "the class \(quoted(found)) comes first with \(short(best.score)); expected is \(quoted(label)), "
                    + "which has \(short(score))",
                amount: 1 + max(0, best.score - score))
        }
        guard let expected = golden.score, abs(score - expected) > tolerance else { return nil }
        return Difference(
            text:
                "\(quoted(label)) has the score \(short(score)); expected is \(short(expected)) ± \(short(tolerance))",
            amount: abs(score - expected))
    }

    private func short(_ value: Double) -> String { numberText((value * 1e4).rounded() / 1e4) }
}

/// One way of preparing a picture and reading the output.
private struct Variant {
    var input: ModelCard.Input
    var activation: ModelCard.Output.Activation

    /// What of a variant the network's output depends on.
    struct Preparation: Hashable {
        let channels: ModelCard.Input.Channels?
        let fit: InputFit
        let shortSide: Int?
        let numbers: [[Double]]
    }

    var preparation: Preparation {
        Preparation(
            channels: input.channels, fit: input.fit, shortSide: input.shortSide,
            numbers: [[input.scale], input.mean, input.std])
    }

    /// Scales that networks are trained with.
    private static let scales: [(scale: Double, mean: [Double], std: [Double], name: String)] = [
        (1 / 255.0, [0], [1], #"scale "1/255", mean 0, std 1"#),
        (1, [0], [1], "scale 1, mean 0, std 1"),
        (1 / 127.5, [1], [1], #"scale "1/127.5", mean 1, std 1"#),
        (
            1 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225],
            #"scale "1/255", mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225]"#
        ),
        (1, [123.68, 116.779, 103.939], [1], "scale 1, mean [123.68, 116.779, 103.939], std 1"),
        (1, [127], [128], "scale 1, mean 127, std 128"),
    ]

    /// Other ways than this one, those with the fewest changes first.
    func others(channels: Int) -> [(changes: Int, variant: Variant)] {
        var orders = [input.channels]
        if channels == 3 { orders.append(input.channels == .bgr ? .rgb : .bgr) }
        let scales =
            [(input.scale, input.mean, input.std)]
            + Self.scales.filter { channels == 3 || $0.mean.count == 1 }.map { ($0.scale, $0.mean, $0.std) }
        let fits =
            [(input.fit, input.shortSide)]
            + [(.stretch, nil), (.contain, nil), (.cover, nil), (.cover, 256)].filter {
                $0 != (input.fit, input.shortSide)
            }
        let activations = [activation] + ModelCard.Output.Activation.allCases.filter { $0 != activation }
        var result: [(changes: Int, variant: Variant)] = []
        for (o, order) in orders.enumerated() {
            for (s, scale) in scales.enumerated() {
                for (f, fit) in fits.enumerated() {
                    for (a, activation) in activations.enumerated() {
                        var variant = self
                        variant.input.channels = order
                        (variant.input.scale, variant.input.mean, variant.input.std) = scale
                        (variant.input.fit, variant.input.shortSide) = fit
                        variant.activation = activation
                        let changed = [o, s, f, a].count { $0 > 0 }
                        if changed > 0 { result.append((changed, variant)) }
                    }
                }
            }
        }
        return result.enumerated().sorted { ($0.element.changes, $0.offset) < ($1.element.changes, $1.offset) }
            .map(\.element)
    }

    /// What one would write into the card to get from another variant to this one.
    func changes(from other: Variant) -> String {
        var changes: [String] = []
        if input.channels != other.input.channels {
            changes.append(#"channels "\#((input.channels ?? .rgb).rawValue)""#)
        }
        if (input.scale, input.mean) != (other.input.scale, other.input.mean) || input.std != other.input.std {
            let name = Self.scales.first { ($0.scale, $0.mean) == (input.scale, input.mean) && $0.std == input.std }?
                .name
            changes.append(name ?? "another scale")
        }
        if input.fit != other.input.fit || input.shortSide != other.input.shortSide {
            changes.append(
                #"fit "\#(input.fit.rawValue)""# + (input.shortSide.map { ", shortSide \($0)" } ?? ""))
        }
        if activation != other.activation { changes.append(#"activation "\#(activation.rawValue)""#) }
        return changes.joined(separator: " and ")
    }
}
