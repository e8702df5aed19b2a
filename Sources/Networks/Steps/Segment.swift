import Dataflow
import Foundation
import Inference
import Operations
import Raster
import Specification

/// Tells for every pixel what it belongs to.
///
/// A network that gives one probability for each place makes a mask, 255 times it. One that gives scores or numbers of
/// classes makes a class map, or, with `classes`, a mask of some of them. Maps are brought to the picture's size by linear
/// interpolation of probabilities and scores, before classes are chosen; numbers of classes by the nearest place.
///
/// - The value: a mask (a gray picture) or a class map, of the picture's size.
/// - The record: how much of the picture each class takes.
struct Segment: NetworkOperation {
    private static let classes = Parameter<[String]?>.optionalNames(
        "classes", as: .string, "the labels that are marked in a mask; without it the result is a map of all classes")
    private static let threshold = Parameter<Double?>.optionalNumber(
        "threshold", in: 0...1,
        "what is likelier becomes 255 and everything else 0; without it the mask is as soft as the network's answer")

    static let step = StepDescription(
        name: "segment",
        summary: "tell for every pixel what it belongs to, with a network: a mask or a map of classes",
        parameters: [NetworkLoader.model.description, classes.description, threshold.description],
        notes: """
            The picture goes through a network whose card has the task `segment`. `as` names the result; the value that
            the next step reads stays the picture.

            A mask is a gray picture of the picture's size: `convolve` and `combine` take it as `mask`, `merge` as the
            alpha of a cut-out, `overlay` lays it over the picture. A class map is for `overlay`, which gives each class
            a colour, and for `encode`, which writes it as an indexed PNG with these colours and the labels as text.
            """,
        examples: [
            #"{ "op": "segment", "model": "person.json", "as": "person" }"#,
            #"{ "op": "segment", "model": "things.json", "classes": ["dog", "cat"], "as": "animals" }"#,
            #"{ "op": "segment", "model": "things.json", "as": "map" }"#,
        ])

    static let keepsPicture = true

    let network: PictureNetwork?
    private let marked: Set<Int>?
    private let threshold: Double?

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        let names = reader.read(Self.classes)
        threshold = reader.read(Self.threshold)
        network = networks.network(&reader, for: [.segment])
        marked = network.flatMap { network in names.map { network.numbers(of: $0, key: "classes", &reader) } }
        guard let network, let map = network.map else { return }
        if map.encoding == .probabilities, names != nil {
            reader.error(
                at: "classes", rule: "key-without-effect",
                message: "the network knows one kind of thing, so classes has no effect", hint: "leave it out")
        }
        if threshold != nil, !isSoft(map, network) {
            reader.error(
                at: "threshold", rule: "key-without-effect",
                message: "threshold has no effect on a result that is not made of probabilities",
                hint: map.encoding == .scores
                    ? "name classes, and set the activation softmax in the card's output" : "leave it out")
        }
    }

    /// Whether the result is a mask of probabilities.
    private func isSoft(_ map: SegmentationMap, _ network: PictureNetwork) -> Bool {
        map.encoding == .probabilities
            || (map.encoding == .scores && marked != nil && network.card.output.activation == .softmax)
    }

    private var isMask: Bool { network?.map?.encoding == .probabilities || marked != nil }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        if isMask { return [ValueType(layout: .gray, size: inputs[0].size)] }
        return [ValueType(.classMap, of: network?.classes ?? ClassNames([]))]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        guard let network, let map = network.map else { preconditionFailure("a step with faults is not planned") }
        let (field, geometry) = graph.networkInput(inputs[0], of: network, context)
        let isSoft = isSoft(map, network)
        let planes = isSoft ? 1 : map.planes
        let (marked, activation) = (marked, network.card.output.activation)
        let format = FieldFormat(
            size: map.size, channels: planes, hasAlpha: false, type: .float32, bounds: -1e9...1e9, isExact: false)
        let answer = try NetworkRows(
            network, input: graph.format(of: field), output: format, key: context.stepKey
        ) { outputs throws(OperationError) in
            do throws(DecodingError) {
                guard let output = outputs[network.outputName] else {
                    throw DecodingError("the network has no output \"\(network.outputName)\"")
                }
                let values = try map.values(output)
                return isSoft
                    ? map.probabilities(values, activation, of: marked) : values
            } catch {
                throw OperationError("network", error.message, hint: "check output in the model card")
            }
        }
        let grid = graph.add(answer, [field])
        let reading: MapRows.Reading =
            isSoft
            ? .mask(threshold: threshold.map { Float($0) })
            : map.encoding == .scores ? .best(marked: marked) : .nearest(marked: marked)
        let rows = MapRows(map.size, planes: planes, reading, geometry)
        let result = graph.add(rows, [grid])
        if !isMask { graph.setClasses(network.classes, of: result, .classMap) }
        graph.add(
            SegmentReport(
                size: map.size, planes: planes, isSoft: isSoft, isClasses: map.encoding == .classes, marked: marked,
                geometry: geometry, classes: network.classes, key: context.stepKey),
            [grid])
        return [result]
    }
}

extension SegmentationMap {
    /// For each place how likely it belongs to one of some classes, or to the one thing that the network looks for.
    fileprivate func probabilities(
        _ values: [Float], _ activation: ModelCard.Output.Activation, of marked: Set<Int>?
    ) -> [Float] {
        if planes == 1 { return activation == .sigmoid ? values.map { 1 / (1 + exp(-$0)) } : values }
        return (0..<size.pixelCount).map { place in
            let scores = values[place * planes..<(place + 1) * planes]
            let largest = scores.max()!
            var (sum, share): (Float, Float) = (0, 0)
            for (plane, score) in scores.enumerated() {
                let power = exp(score - largest)
                sum += power
                if marked?.contains(plane) == true { share += power }
            }
            return share / sum
        }
    }
}
