import Codecs
import Dataflow
import Operations
import Raster

/// What a plan has to know of a file before its pixels are read.
public struct PictureTraits: Sendable, Hashable {
    public var format: ImageFormat
    public var size: ImageSize
    public var layout: ChannelLayout
    public var sampleType: SampleType
    /// EXIF, 1...8.
    public var orientation: Int
    public var hasLumaPlane: Bool

    public init(
        format: ImageFormat, size: ImageSize, layout: ChannelLayout, sampleType: SampleType = .uint8,
        orientation: Int = 1, hasLumaPlane: Bool = false
    ) {
        self.format = format
        self.size = size
        self.layout = layout
        self.sampleType = sampleType
        self.orientation = orientation
        self.hasLumaPlane = hasLumaPlane
    }

    public init(_ header: ImageHeader) {
        self.init(
            format: header.format, size: header.size, layout: header.layout, sampleType: header.sampleType,
            orientation: header.orientation, hasLumaPlane: header.hasLumaPlane)
    }
}

/// A pipeline made ready for pictures of one kind: the graph of row operators between the decoder and the encoders.
public struct PicturePlan: Sendable {
    /// One output file.
    struct Write: Sendable {
        var step: Pipeline.Step
        var encode: EncodeStep
        var format: ImageFormat
        var size: ImageSize
        var layout: ChannelLayout
        var sampleType: SampleType
        /// Of a class map: the classes that its samples stand for.
        var classes: ClassNames?

        var picture: DecodedFormat { DecodedFormat(size: size, layout: layout, sampleType: sampleType) }

        /// How the file is written: as the step says, and a class map with a colour for each class.
        var options: EncodeOptions {
            var options = encode.options
            if let classes {
                options.palette = ClassPalette(classes.count).colours.enumerated().map { index, colour in
                    PaletteEntry(
                        red: colour.red, green: colour.green, blue: colour.blue, name: classes.name(of: index))
                }
            } else if format == .png, let depth = encode.depth, depth < 8 {
                options.bitDepth = depth
            }
            return options
        }
    }

    /// A value of the pipeline whose rows a sink behind those of `writes` takes.
    public struct Tap: Sendable {
        public let value: Int
        public let format: FieldFormat
    }

    public let pipeline: Pipeline
    public let traits: PictureTraits
    public let graph: Graph
    /// What is asked of the decoder, for each source of the graph.
    let requests: [DecodeRequest]
    /// For each sink of the graph.
    let writes: [Write]
    public let taps: [Tap]
    /// The places in the graph before the first step and behind each.
    private let marks: [(fields: Int, readers: Int)]
    /// For each step, the lines that tell how it is computed.
    public let explanation: [(step: String, lines: [String])]

    /// - `quarterTurns`: for each step that turns the picture by what was found in it; see `PictureRun`.
    /// - `isTapped`: every value goes to a sink of its own as well, so that it can be looked at.
    public init(
        _ pipeline: Pipeline, for traits: PictureTraits, rewrites: Set<Rewrite> = Set(Rewrite.allCases),
        quarterTurns: [String: Int] = [:], isTapped: Bool = false
    ) throws(PictureError) {
        var graph = Graph()
        var values = [FieldID?](repeating: nil, count: pipeline.valueCount)
        var requests: [DecodeRequest] = []
        var writes: [Write] = []
        var marks = [graph.mark]
        var context = LoweringContext(stepKey: "", rewrites: rewrites)
        context.quarterTurns = quarterTurns
        for step in pipeline.steps {
            context.stepKey = step.label
            do {
                switch step.action {
                case .decode(let decode):
                    let exif = decode.orient ? traits.orientation : 1
                    let sources = DecoderSources(traits, exif: exif, into: &graph, &context)
                    values[step.results[0]] = sources.picture
                    requests = sources.requests
                case .operation(let operation):
                    let inputs = step.inputs.map { values[$0]! }
                    for (value, field) in zip(step.results, try operation.lower(inputs, into: &graph, context)) {
                        values[value] = field
                    }
                case .encode(let encode):
                    writes.append(Self.write(step, encode, values[step.inputs[0]]!, traits, rewrites, &graph))
                case .record: break
                }
            } catch {
                throw PictureError(error, step: step.label)
            }
            marks.append(graph.mark)
        }
        self.marks = marks
        var taps: [Tap] = []
        if isTapped {
            for case (let value, let field?) in values.enumerated().map({ ($0, $1) }) {
                graph.tap(field)
                taps.append(Tap(value: value, format: graph.format(of: field)))
            }
        }
        self.taps = taps
        if rewrites.contains(.droppedAlpha), graph.dropUnreadAlpha(source: 0) { requests[0].dropAlpha = true }
        let spared = requests.indices.flatMap { Self.spared(requests[$0], source: $0, graph, rewrites) }
        explanation = pipeline.steps.enumerated().map { [graph, spared] index, step in
            (step.label, (index == 0 ? spared : []) + graph.summaries(from: marks[index], to: marks[index + 1]))
        }
        self.pipeline = pipeline
        self.traits = traits
        self.graph = graph
        self.requests = requests
        self.writes = writes
    }

    /// What the decoder does less than decoding the whole picture.
    private static func spared(
        _ request: DecodeRequest, source: Int, _ graph: Graph, _ rewrites: Set<Rewrite>
    ) -> [String] {
        guard graph.isRead(source: source) else { return [] }
        var lines: [String] = []
        let format = graph.format(ofSource: source)
        if request.lumaOnly { lines.append("luma alone is decoded") }
        if request.scaleDenominator > 1 {
            lines.append("decoded at 1/\(request.scaleDenominator) of the size, \(format.size)")
        }
        if request.dropAlpha { lines.append("alpha is not decoded: nothing reads it") }
        let rows = graph.neededRows(source: source)
        if rewrites.contains(.skippedRows), rows.count < format.size.height {
            lines.append("of \(format.size.height) rows, \(rows.lowerBound) to \(rows.upperBound - 1) are decoded")
        }
        return lines
    }

    /// The time that each step took in a run with this profile. What `encode` computes counts for the step whose result
    /// it writes, with which it is often one operator.
    public func times(_ profile: RunProfile) -> [Duration] {
        var times = pipeline.steps.indices.map { profile.time(from: marks[$0], to: marks[$0 + 1]) }
        for (index, step) in pipeline.steps.enumerated() {
            guard case .encode = step.action,
                let source = pipeline.steps.firstIndex(where: { !Set($0.results).isDisjoint(with: step.inputs) })
            else { continue }
            times[source] += times[index]
            times[index] = .zero
        }
        return times
    }

    private static func write(
        _ step: Pipeline.Step, _ encode: EncodeStep, _ field: FieldID, _ traits: PictureTraits,
        _ rewrites: Set<Rewrite>, _ graph: inout Graph
    ) -> Write {
        let classes = graph.classMap(field)
        let format = classes == nil ? encode.format(for: traits.format) : .png
        let depth = classes != nil ? 8 : encode.depth ?? (traits.sampleType == .uint16 ? 16 : 8)
        let type: SampleType = format == .png && depth == 16 ? .uint16 : .uint8
        var picture = field
        if format == .jpeg, graph.format(of: field).hasAlpha {
            picture = graph.flattened(
                field, onto: (encode.background.red, encode.background.green, encode.background.blue))
        }
        let output = graph.quantized(picture, to: type, rewrites: rewrites)
        graph.sink(output)
        let result = graph.format(of: output)
        return Write(
            step: step, encode: encode, format: format, size: result.size, layout: result.layout, sampleType: type,
            classes: classes)
    }

    /// Bytes that computing holds at once, without what decoders and encoders hold themselves.
    public func memory(width: Int) -> Int { graph.predictedMemory(width: width) }
}
