import { teach } from '../i18n';
import messages from '../locales/player/en.json';

// The texts of the player come with the player.
teach(messages);
