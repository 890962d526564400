import type { IconName } from '../ui/icons';

const NAMES: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/zip': 'ZIP',
  'application/epub+zip': 'EPUB',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  'audio/mpeg': 'MP3',
  'image/jpeg': 'JPEG',
  'image/svg+xml': 'SVG',
  'text/plain': 'Text',
};

/** Returns what people call this kind of file, or null where nobody has a name for it. */
export function mediaTypeName(mediaType: string): string | null {
  const essence = essenceOf(mediaType);
  const subtype = essence.split('/')[1] ?? '';
  const isShortName = /^[a-z0-9]{2,4}$/.test(subtype);
  return NAMES[essence] ?? (isShortName ? subtype.toUpperCase() : null);
}

export function mediaTypeIcon(mediaType: string): IconName {
  const essence = essenceOf(mediaType);
  if (essence.startsWith('image/')) return 'image';
  if (essence.startsWith('audio/')) return 'audio';
  if (/zip|compressed|x-tar|gzip/.test(essence) && !essence.includes('epub')) return 'archive';
  if (NAMES[essence] !== undefined || essence.startsWith('text/')) return 'document';
  return 'file';
}

function essenceOf(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}
