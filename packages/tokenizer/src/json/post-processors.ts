import {
  bertPostProcessor,
  type PostProcessor,
  plainPostProcessor,
  robertaPostProcessor,
  type TemplatePiece,
} from '../pipeline/post-processor.js';
import { type Fields, invalid, unsupported } from './read.js';

/** The `post_processor` of a tokenizer.json. */
export function parsePostProcessor(json: Fields | undefined): PostProcessor {
  if (json === undefined) return plainPostProcessor;
  switch (json.type) {
    case 'BertProcessing':
      return bertPostProcessor(tokenId(json, 'cls'), tokenId(json, 'sep'));
    case 'RobertaProcessing':
      return robertaPostProcessor(tokenId(json, 'cls'), tokenId(json, 'sep'), {
        trimOffsets: json.boolean('trim_offsets', true),
        addPrefixSpace: json.boolean('add_prefix_space', true),
      });
    case 'ByteLevel':
      return {
        ...plainPostProcessor,
        trimOffsets: json.boolean('trim_offsets', true),
        keepPrefixSpace: json.boolean('add_prefix_space', true),
      };
    case 'TemplateProcessing':
      return {
        ...plainPostProcessor,
        single: parseTemplate(json, 'single'),
        pair: parseTemplate(json, 'pair'),
      };
    case 'Sequence':
      return inSequence(json);
    default:
      throw unsupported(`The post-processor ${json.type}`, 'it is not one that encoders of text use.');
  }
}

/** `["</s>", 2]` */
function tokenId(json: Fields, name: string): number {
  const [content, id] = json.array(name);
  if (typeof content !== 'string' || typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
    throw invalid(`${json.where}.${name} must be a token and its id.`);
  }
  return id;
}

function parseTemplate(json: Fields, name: string): TemplatePiece[] {
  const specials = json.object('special_tokens');
  return json.objects(name).flatMap((piece): TemplatePiece[] => {
    const sequence = piece.optionalObject('Sequence');
    if (sequence !== undefined) {
      const index = sequence.choice('id', { A: 'A', B: 'B' }) === 'A' ? 0 : 1;
      return [{ kind: 'sequence', sequence: index, typeId: sequence.count('type_id', 0) }];
    }
    const special = piece.object('SpecialToken');
    const ids = specials.object(special.string('id')).array('ids');
    return ids.map((id) => {
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
        throw invalid(`${specials.where}.${special.string('id')}.ids must hold token ids.`);
      }
      return { kind: 'special', id, typeId: special.count('type_id', 0) };
    });
  });
}

/** One step may trim offsets, one may add special tokens: what encoders use, e.g. ByteLevel then TemplateProcessing. */
function inSequence(json: Fields): PostProcessor {
  let combined = plainPostProcessor;
  for (const step of json.objects('processors').map(parsePostProcessor)) {
    const adds = step.single.length > 1 || step.pair.length > 2;
    if (adds && combined.single.length > 1) {
      throw unsupported(
        `${json.where}: a Sequence of two post-processors that add tokens`,
        'one is the rule.',
      );
    }
    combined = {
      single: adds ? step.single : combined.single,
      pair: adds ? step.pair : combined.pair,
      trimOffsets: combined.trimOffsets || step.trimOffsets,
      keepPrefixSpace: combined.trimOffsets ? combined.keepPrefixSpace : step.keepPrefixSpace,
    };
  }
  return combined;
}
